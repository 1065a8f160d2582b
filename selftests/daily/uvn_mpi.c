// SPDX-License-Identifier: GPL-2.0
/*
 * An MPI program: a token around a ring, and everybody's word to everybody, again
 * and again.
 *
 *	uvn_mpi FILE
 *
 * When FILE is gone the first rank prints how many there were and how many rounds;
 * what arrives wrong aborts it. All stay with open ports, until they are killed.
 *
 * They stay in the library, too: it does nothing outside its calls, and what a rank
 * has handed to it may wait for a connection that both ends have yet to make.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Large enough for TCP not to pass a message in one piece. */
#define WORDS	65536

static int rank, ranks;

static void must(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "rank %d: %s\n", rank, what);
	MPI_Abort(MPI_COMM_WORLD, 1);
}

static void ring(int round)
{
	int to = (rank + 1) % ranks, from = (rank + ranks - 1) % ranks;
	int token = round;

	if (rank) {
		MPI_Recv(&token, 1, MPI_INT, from, 1, MPI_COMM_WORLD,
			 MPI_STATUS_IGNORE);
		token++;
	}
	MPI_Send(&token, 1, MPI_INT, to, 1, MPI_COMM_WORLD);
	if (rank)
		return;
	MPI_Recv(&token, 1, MPI_INT, from, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	must(token == round + ranks - 1, "the token has lost count");
}

static void all_to_all(int *out, int *in)
{
	int i, j;

	for (i = 0; i < ranks; i++)
		for (j = 0; j < WORDS; j++)
			out[i * WORDS + j] = rank * ranks + i + j;
	MPI_Alltoall(out, WORDS, MPI_INT, in, WORDS, MPI_INT, MPI_COMM_WORLD);
	for (i = 0; i < ranks; i++)
		for (j = 0; j < WORDS; j++)
			must(in[i * WORDS + j] == i * ranks + rank + j,
			     "a wrong word from another");
}

int main(int argc, char **argv)
{
	int *out, *in, round = 0, more;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	must(argc == 2, "usage: uvn_mpi FILE");
	out = calloc((size_t)ranks * WORDS, sizeof(*out));
	in = calloc((size_t)ranks * WORDS, sizeof(*in));
	must(out && in, "out of memory");
	do {
		ring(round++);
		all_to_all(out, in);
		more = !access(argv[1], F_OK);
		MPI_Bcast(&more, 1, MPI_INT, 0, MPI_COMM_WORLD);
		if (!rank && round == 1) {
			puts("first round");
			fflush(stdout);
		}
		/* Who waits in the library takes a CPU. */
		usleep(200000);
	} while (more);
	if (!rank) {
		printf("%d ranks, %d rounds\n", ranks, round);
		fflush(stdout);
	}
	for (;;) {
		MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &more,
			   MPI_STATUS_IGNORE);
		usleep(100000);
	}
}
