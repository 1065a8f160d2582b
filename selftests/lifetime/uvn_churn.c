// SPDX-License-Identifier: GPL-2.0
/*
 * Enables, disables, removes and inserts the module while users talk:
 *
 *	uvn_churn ROUNDS SECONDS MODULE NODE...
 *
 * NODE is the path of a network namespace. In the first of them two users
 * have a UDP and a TCP server and clients, and new users ask for sockets all
 * the time; all keep doing so from the first round to the last. A round is:
 * insert the module, configure and enable each node, wait a moment that
 * differs from round to round, disable each node, remove the module. The last
 * round waits until enough has been said, if SECONDS allow.
 *
 * The last line says: ROUNDS rounds, SOCKETS bound, ASLEEP asleep, ANSWERS
 * answers, LEAKS leaks, ERRORS errors. A leak is what a server's bound socket
 * got from anything but a bound socket of the same user. "Asleep" counts
 * sockets that had to wait for their network.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "../lib/uvn_enter.h"
#include "../lib/uvn_genl.h"
#include "uvn_impatient.h"

#define PORT 7000
#define NEW_USERS 8

/* With less than these the rounds have shown nothing; the suite asks for them. */
#define ENOUGH_BOUND 100
#define ENOUGH_ASLEEP 10
#define ENOUGH_ANSWERS 10

struct shared {
	int stop;
	int bound;
	int asleep;
	int answers;
	int leaks;
	int errors;
};

static struct shared *shared;
static struct message m;

/* What a client says of itself. */
struct hello {
	unsigned int uid;
	int bound;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void add(int *counter, int n)
{
	__atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

static int stopping(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

static int enough(void)
{
	return __atomic_load_n(&shared->bound, __ATOMIC_RELAXED) > ENOUGH_BOUND &&
	       __atomic_load_n(&shared->asleep, __ATOMIC_RELAXED) > ENOUGH_ASLEEP &&
	       __atomic_load_n(&shared->answers, __ATOMIC_RELAXED) > ENOUGH_ANSWERS;
}

static int user_socket(int type, int *ifindex)
{
	double start = now();
	int fd;

	fd = socket(AF_INET, type, 0);
	*ifindex = 0;
	if (fd < 0) {
		/* Disabled while it waited, or at the same moment. */
		if (errno != ENETDOWN && errno != ENODEV && errno != EACCES) {
			printf("socket: %s\n", strerror(errno));
			add(&shared->errors, 1);
		}
		return -1;
	}
	*ifindex = impatient(fd);
	add(&shared->bound, *ifindex > 0);
	add(&shared->asleep, *ifindex > 0 && now() - start > 0.002);
	return fd;
}

static struct sockaddr_in address(void)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return sa;
}

/* Serves with a socket for half a second, then with another: many of them
 * outlive the network that they were made in.
 */
static void serve(unsigned int uid, int type)
{
	struct sockaddr_in sa = address();
	struct hello hello;
	int fd, conn, ifindex;
	double end;

	sa.sin_addr.s_addr = htonl(INADDR_ANY);
	while (!stopping()) {
		fd = user_socket(type, &ifindex);
		if (fd < 0) {
			usleep(5000);
			continue;
		}
		if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ||
		    (type == SOCK_STREAM && listen(fd, 8))) {
			close(fd);	/* one of the other user's, unbound too */
			usleep(20000);
			continue;
		}
		for (end = now() + 0.5; now() < end && !stopping(); ) {
			struct sockaddr_in peer;
			socklen_t len = sizeof(peer);
			struct pollfd p = { .fd = fd, .events = POLLIN };
			ssize_t n;

			if (poll(&p, 1, 50) <= 0)
				continue;
			if (type == SOCK_STREAM) {
				conn = accept4(fd, NULL, NULL, 0);
				if (conn < 0)
					continue;
				p.fd = conn;
				n = poll(&p, 1, 100) == 1 ?
				    recv(conn, &hello, sizeof(hello), MSG_DONTWAIT) : 0;
				if (n == sizeof(hello))
					send(conn, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
				close(conn);
			} else {
				n = recvfrom(fd, &hello, sizeof(hello), MSG_DONTWAIT,
					     (struct sockaddr *)&peer, &len);
				if (n == sizeof(hello))
					sendto(fd, "x", 1, MSG_DONTWAIT,
					       (struct sockaddr *)&peer, len);
			}
			if (n != sizeof(hello) || !ifindex)
				continue;
			if (hello.uid != uid || !hello.bound) {
				printf("%u's server got from %u (%sbound)\n", uid,
				       hello.uid, hello.bound ? "" : "un");
				add(&shared->leaks, 1);
			}
		}
		close(fd);
	}
}

static void ask(unsigned int uid, int type)
{
	struct sockaddr_in sa = address();
	char answer;
	int fd, i;

	while (!stopping()) {
		struct hello hello = { .uid = uid };

		fd = user_socket(type, &hello.bound);
		if (fd < 0) {
			usleep(5000);
			continue;
		}
		if (!connect(fd, (struct sockaddr *)&sa, sizeof(sa))) {
			for (i = 0; i < (type == SOCK_STREAM ? 1 : 5); i++) {
				struct pollfd p = { .fd = fd, .events = POLLIN };

				send(fd, &hello, sizeof(hello), MSG_NOSIGNAL | MSG_DONTWAIT);
				if (poll(&p, 1, 50) == 1 &&
				    recv(fd, &answer, 1, MSG_DONTWAIT) == 1 && hello.bound)
					add(&shared->answers, 1);
			}
		}
		close(fd);
		usleep(10000);
	}
}

static void want(unsigned int uid)
{
	int fd, ifindex;

	(void)uid;
	while (!stopping()) {
		fd = user_socket(SOCK_DGRAM, &ifindex);
		if (fd >= 0)
			close(fd);
		usleep(10000);
	}
}

static void start(unsigned int uid, int type, void (*fn)(unsigned int uid, int type))
{
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (nice(10) == -1)	/* behind who enables and disables */
		_exit(6);
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		_exit(6);
	if (fn)
		fn(uid, type);
	else
		want(uid);
	fflush(stdout);
	_exit(0);
}

static int request(int fd, int id, int cmd)
{
	const char *why;
	int err;

	msg_begin(&m, id, NLM_F_ACK, cmd);
	if (cmd == UVN_CMD_CONFIG_REPLACE)
		msg_config(&m);
	err = genl_request(fd, &m, NULL, NULL, &why);
	if (err) {
		printf("command %d: %s (%s)\n", cmd, strerror(-err), why ? why : "-");
		add(&shared->errors, 1);
	}
	return err;
}

static int insert(const char *module)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC);
	int err = syscall(SYS_finit_module, fd, "", 0);

	close(fd);
	if (err) {
		perror("insert");
		add(&shared->errors, 1);
	}
	return err;
}

static int remove_module(void)
{
	double end = now() + 30;

	while (syscall(SYS_delete_module, "uvn", O_NONBLOCK)) {
		if (now() > end) {
			perror("remove");
			add(&shared->errors, 1);
			return -1;
		}
		usleep(5000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int rounds, i, k, n, done, fd[8];
	cpu_set_t one;
	double end;

	/* An emulator with a thread for each CPU, and older than what vm.sh -p takes, may
	 * lose a change of the kernel's text that another CPU executes at that moment, and
	 * spin on the old one for ever. On one CPU callers still sleep, and are preempted,
	 * anywhere.
	 */
	if (!getenv("UVN_PARALLEL")) {
		CPU_ZERO(&one);
		CPU_SET(0, &one);
		sched_setaffinity(0, sizeof(one), &one);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 5 || argc > 12) {
		fprintf(stderr, "see the comment at the top of uvn_churn.c\n");
		return 6;
	}
	rounds = atoi(argv[1]);
	end = now() + atoi(argv[2]);
	n = argc - 4;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 6;
	for (i = n - 1; i >= 0; i--) {
		enter(argv[4 + i]);
		fd[i] = genl_open(NETLINK_GENERIC);
	}
	for (i = 0; i < 2; i++) {
		start(1234 + i, SOCK_DGRAM, serve);
		start(1234 + i, SOCK_STREAM, serve);
		start(1234 + i, SOCK_DGRAM, ask);
		start(1234 + i, SOCK_STREAM, ask);
	}
	for (i = 0; i < NEW_USERS; i++)
		start(2000 + i, 0, NULL);

	for (done = 0; done < rounds && now() < end && !shared->errors; done++) {
		struct genl_family_id family;

		if (insert(argv[3]))
			break;
		family = genl_family(fd[0]);
		for (i = 0; i < n; i++) {
			request(fd[i], family.id, UVN_CMD_CONFIG_REPLACE);
			request(fd[i], family.id, UVN_CMD_ENABLE);
		}
		/* From at once to when all networks are there. */
		usleep(done % 10 * 15000);
		if (done % 5 == 0 && !syscall(SYS_delete_module, "uvn", O_NONBLOCK)) {
			printf("the module was removed while enabled\n");
			add(&shared->errors, 1);
			break;
		}
		if (done % 10 == 9)
			usleep(500000);
		while (done == rounds - 1 && !enough() && now() < end)
			usleep(20000);
		for (k = 0; k < n; k++) {
			i = done & 1 ? k : n - 1 - k;
			request(fd[i], family.id, UVN_CMD_DISABLE);
		}
		if (remove_module())
			break;
	}
	shared->stop = 1;
	while (wait(NULL) > 0)
		;
	printf("%d rounds, %d bound, %d asleep, %d answers, %d leaks, %d errors\n",
	       done, shared->bound, shared->asleep, shared->answers, shared->leaks,
	       shared->errors);
	return shared->leaks || shared->errors;
}
