// SPDX-License-Identifier: GPL-2.0
/*
 * All nodes of a cluster talk to each other at once, as the ranks of a program of MPI's do.
 *
 * usage: uvn_mesh PATTERN ROUNDS RANKS UID DEVICE PREFIX NETNS...
 *
 * On each node, which is a network namespace, there are RANKS processes of UID, each with
 * a socket of UDP, bound to DEVICE ("-" for none); the address of the N-th node is PREFIX
 * with N behind it. PATTERN is one of
 *
 *	pingpong	each rank with its like on all other nodes, one after the other: a
 *			message there, and one back
 *	alltoall	each to its like on all other nodes at once
 *	exchange	each with its like on the nodes before and behind
 *	gather		all to their like on the first node, which then answers
 *
 * Nobody sends more before what a round brings has come. Prints how many nanoseconds a
 * message took, how many were lost, and how many came behind a later one.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/uvn_enter.h"
#include "../lib/uvn_mark.h"

#define MOST_NODES	64
#define FIRST_PORT	6000
#define PATIENCE	5	/* seconds; then a message is lost */

/* What the processes share. */
struct mesh {
	pthread_barrier_t all;
	uint64_t sent, lost, late;
	int64_t began, ended;	/* nanoseconds */
};

struct message {
	uint32_t node;	/* who sends */
	uint32_t number; /* of this sender's to this receiver, from 0 */
};

/* A process. */
struct rank {
	struct mesh *mesh;
	unsigned int node, nodes;
	int fd;
	struct sockaddr_in peer[MOST_NODES];
	uint32_t sent[MOST_NODES];	/* messages to each */
	uint32_t next[MOST_NODES];	/* number that is to come from each */
	uint64_t received, late;
};

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void to(struct rank *r, unsigned int peer)
{
	struct message m = { .node = r->node, .number = r->sent[peer]++ };

	if (sendto(r->fd, &m, sizeof(m), 0, (void *)&r->peer[peer],
		   sizeof(r->peer[peer])) != sizeof(m))
		give_up("sendto");
}

/* One more message, whoever it is from: another's may come early. */
static bool take(struct rank *r)
{
	struct message m;

	if (recv(r->fd, &m, sizeof(m), 0) != sizeof(m) || m.node >= r->nodes)
		return false;
	r->received++;
	if (m.number < r->next[m.node])
		r->late++;
	else
		r->next[m.node] = m.number + 1;
	return true;
}

/* All that this one has sent by the end of its round, which is as many as to it. */
static void from(struct rank *r, unsigned int peer, uint32_t count)
{
	while (r->next[peer] < count && take(r))
		;
	/* What has not come until now is not waited for again. */
	if (r->next[peer] < count)
		r->next[peer] = count;
}

static void pingpong(struct rank *r)
{
	unsigned int step, peer;

	for (step = 1; step < r->nodes; step++) {
		peer = r->node ^ step;
		if (r->node < peer) {
			to(r, peer);
			from(r, peer, r->sent[peer]);
		} else {
			from(r, peer, r->sent[peer] + 1);
			to(r, peer);
		}
	}
}

static void alltoall(struct rank *r)
{
	unsigned int step;

	for (step = 1; step < r->nodes; step++)
		to(r, (r->node + step) % r->nodes);
	for (step = 1; step < r->nodes; step++)
		from(r, (r->node + step) % r->nodes,
		     r->sent[(r->node + step) % r->nodes]);
}

static void exchange(struct rank *r)
{
	unsigned int after = (r->node + 1) % r->nodes;
	unsigned int before = (r->node + r->nodes - 1) % r->nodes;

	to(r, after);
	to(r, before);
	from(r, before, r->sent[before]);
	from(r, after, r->sent[after]);
}

static void gather(struct rank *r)
{
	unsigned int peer;

	if (r->node) {
		to(r, 0);
		from(r, 0, r->sent[0]);
		return;
	}
	for (peer = 1; peer < r->nodes; peer++)
		from(r, peer, r->sent[peer] + 1);
	for (peer = 1; peer < r->nodes; peer++)
		to(r, peer);
}

static const struct {
	const char *name;
	void (*round)(struct rank *r);
} patterns[] = {
	{ "pingpong", pingpong },
	{ "alltoall", alltoall },
	{ "exchange", exchange },
	{ "gather", gather },
};

/* The namespace as root, the socket as the user that it is for. */
static void open_socket(struct rank *r, const char *netns, unsigned int uid,
			const char *device, unsigned int port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct timeval patience = { .tv_sec = PATIENCE };

	enter(netns);
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		give_up("setresuid");
	r->fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (r->fd < 0)
		give_up("socket");
	if (strcmp(device, "-") && setsockopt(r->fd, SOL_SOCKET, SO_BINDTODEVICE, device,
					      strlen(device)))
		give_up(device);
	if (setsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    bind(r->fd, (void *)&any, sizeof(any)))
		give_up("bind");
}

static uint64_t sum(const uint32_t *n)
{
	uint64_t all = 0;
	unsigned int i;

	for (i = 0; i < MOST_NODES; i++)
		all += n[i];
	return all;
}

static void rank(struct rank *r, void (*round)(struct rank *r), int rounds, bool leads)
{
	struct mesh *mesh = r->mesh;

	pthread_barrier_wait(&mesh->all);
	/* Neighbours, networks and routes are looked for. */
	round(r);
	pthread_barrier_wait(&mesh->all);
	if (leads) {
		mesh->began = now();
		mark_begin();
	}
	while (rounds--)
		round(r);
	pthread_barrier_wait(&mesh->all);
	if (leads) {
		mark_end();
		mesh->ended = now();
	}
	__atomic_add_fetch(&mesh->sent, sum(r->sent), __ATOMIC_RELAXED);
	/* Each was to get as many as it has sent. */
	__atomic_add_fetch(&mesh->lost, sum(r->sent) - r->received, __ATOMIC_RELAXED);
	__atomic_add_fetch(&mesh->late, r->late, __ATOMIC_RELAXED);
	exit(0);
}

static struct mesh *mesh_new(unsigned int processes)
{
	struct mesh *mesh = mmap(NULL, sizeof(*mesh), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t shared;

	if (mesh == MAP_FAILED)
		give_up("mmap");
	pthread_barrierattr_init(&shared);
	pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&mesh->all, &shared, processes);
	return mesh;
}

int main(int argc, char **argv)
{
	unsigned int i, n, k, ranks, uid, nodes = argc - 7;
	struct rank r = { 0 };
	int rounds, status, bad = 0;
	char address[64];

	if (argc < 9 || nodes > MOST_NODES || nodes & (nodes - 1)) {
		fprintf(stderr, "usage: uvn_mesh PATTERN ROUNDS RANKS UID DEVICE PREFIX NETNS... (2, 4, 8, ... of them)\n");
		return 2;
	}
	for (i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		if (!strcmp(argv[1], patterns[i].name))
			break;
	if (i == sizeof(patterns) / sizeof(*patterns)) {
		fprintf(stderr, "uvn_mesh: there is no pattern %s\n", argv[1]);
		return 2;
	}
	/* Of its own, for kill() below. */
	setpgid(0, 0);
	rounds = atoi(argv[2]);
	ranks = atoi(argv[3]);
	uid = atoi(argv[4]);
	r.mesh = mesh_new(nodes * ranks);
	r.nodes = nodes;
	for (n = 0; n < nodes; n++) {
		for (k = 0; k < ranks; k++) {
			if (fork())
				continue;
			r.node = n;
			open_socket(&r, argv[7 + n], uid, argv[5], FIRST_PORT + k);
			for (unsigned int p = 0; p < nodes; p++) {
				snprintf(address, sizeof(address), "%s%u", argv[6], p + 1);
				r.peer[p].sin_family = AF_INET;
				r.peer[p].sin_port = htons(FIRST_PORT + k);
				if (inet_pton(AF_INET, address, &r.peer[p].sin_addr) != 1)
					give_up(address);
			}
			rank(&r, patterns[i].round, rounds, !n && !k);
		}
	}
	while (wait(&status) > 0) {
		if (!status)
			continue;
		/* The others would wait at the barrier for who has gone. */
		bad = 1;
		signal(SIGTERM, SIG_IGN);
		kill(0, SIGTERM);
	}
	if (bad)
		return 1;
	printf("%lld %llu %llu\n",
	       (long long)((r.mesh->ended - r.mesh->began) * (rounds + 1) / rounds /
			   (int64_t)(r.mesh->sent ?: 1)),
	       (unsigned long long)r.mesh->lost, (unsigned long long)r.mesh->late);
	return 0;
}
