// SPDX-License-Identifier: GPL-2.0
/*
 * Attacks of one unprivileged user on another, and those who watch.
 *
 *	uvn_attack attack MODE WORD=VALUE...
 *		runs every row as the user who calls it, and prints for each
 *		its name, the errno of what was refused (or "-"), and the key
 *		that shows that it got through:
 *		prefix=TEXT	of the keys
 *		here=N target=N	numbers of the nodes: 192.168.80.N, 192.168.40.N
 *		uid=N victim=N	the attacker's and the victim's UID
 *		vni=N		the victim's network
 *		pid=N		the victim's process, if it is on this node
 *		ll=ADDRESS	link-local address of the target's em1
 *		only=TEXT	rows with this in their names
 *		core=1		only rows for each way to come by a socket
 *		MODE is how the sockets are come by: plain, uring (io_uring
 *		makes them), userns (all capabilities in a user namespace),
 *		passed (made in a user namespace and passed), exec (inherited),
 *		setuid (root makes them and becomes the user uid), old (made
 *		at once, used when the file $UVN_WHEN has the words)
 *	uvn_attack victim LOG
 *		listens in every way there is; LOG gets each key that arrives
 *	uvn_attack sniff LOG DEVICE...
 *		LOG gets each key seen on a device, and "plain" or its VNI
 *	uvn_attack squat LOG VICTIM [before | unix]
 *		binds what belongs to the system and the victim, in every way;
 *		LOG gets the technique and each secret that is caught
 *	uvn_attack call WHO ADDRESS...
 *		tells WHO's secret to every port that is squatted
 *	uvn_attack families
 *		prints each socket() that succeeds: family, type, protocol
 *
 * Those that stay print "ready" once they are.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <linux/io_uring.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "uvn_attack.h"

#define POOL	96	/* sockets of each kind that are made beforehand */
#define FIRST	200	/* their first file descriptor */

struct attack attack;
char key[160];
char payload[16384];
unsigned int payload_len;

static struct row rows[1024];
static unsigned int n_rows, slot;
static int use_uring, use_pool;

static const struct {
	int family, type, protocol;
} pool_kinds[] = {
	{ AF_INET, SOCK_DGRAM, 0 },
	{ AF_INET6, SOCK_DGRAM, 0 },
	{ AF_INET, SOCK_STREAM, 0 },
	{ AF_INET6, SOCK_STREAM, 0 },
	{ AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
	{ AF_UNIX, SOCK_DGRAM, 0 },
};

#define POOL_KINDS (sizeof(pool_kinds) / sizeof(*pool_kinds))

struct row *row_new(void)
{
	if (n_rows == sizeof(rows) / sizeof(*rows))
		abort();
	return &rows[n_rows++];
}

struct row *row_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < n_rows; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

struct in_addr node_addr(unsigned int node, int alt)
{
	struct in_addr a = {
		.s_addr = htonl((alt ? 0xc0a82800 : 0xc0a85000) + node),
	};

	return a;
}

struct in6_addr node_addr6(unsigned int node, int alt)
{
	struct in6_addr a;

	inet_pton(AF_INET6, alt ? "2001:db8:40::" : "2001:db8:80::", &a);
	a.s6_addr[14] = node >> 8;
	a.s6_addr[15] = node;
	return a;
}

int dev_index(int dev)
{
	char name[IF_NAMESIZE];

	switch (dev) {
	case DEV_VRF:
		snprintf(name, sizeof(name), "vrf%u", attack.victim);
		break;
	case DEV_LOWER:
		return if_nametoindex("em1");
	case DEV_LO:
		return if_nametoindex("lo");
	case DEV_OWNVRF:
		snprintf(name, sizeof(name), "vrf%u", attack.uid);
		break;
	default:
		return 0;
	}
	return if_nametoindex(name);
}

/* One request to io_uring, carried out by another thread: a worker's, or the
 * one that polls for requests.
 */
int uring(int poller, int opcode, int fd, uint64_t off, void *addr, int len)
{
	struct io_uring_params p = {
		.flags = poller ? IORING_SETUP_SQPOLL : 0,
		.sq_thread_idle = 50,
	};
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	char *sq, *cq;
	int ring;

	ring = syscall(__NR_io_uring_setup, 1, &p);
	if (ring < 0)
		return -1;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(uint32_t),
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
		   MAP_SHARED, ring, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || (void *)sqe == MAP_FAILED)
		return -1;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = opcode;
	sqe->flags = poller ? 0 : IOSQE_ASYNC;
	sqe->fd = fd;
	sqe->off = off;
	sqe->addr = (uintptr_t)addr;
	sqe->len = len;
	*(uint32_t *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(sq + p.sq_off.tail), 1, __ATOMIC_SEQ_CST);
	if (syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS |
		    IORING_ENTER_SQ_WAKEUP, NULL, 0) < 0)
		return -1;
	cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	close(ring);
	if (cqe->res >= 0)
		return cqe->res;
	errno = -cqe->res;
	return -1;
}

/* A socket, come by as this mode does. */
int new_socket(int family, int type, int protocol)
{
	unsigned int i;

	for (i = 0; use_pool && i < POOL_KINDS; i++)
		if (pool_kinds[i].family == family &&
		    pool_kinds[i].type == type &&
		    pool_kinds[i].protocol == protocol)
			return dup(FIRST + i * POOL + slot % POOL);
	if (use_uring)
		return uring(0, IORING_OP_SOCKET, family, type, NULL, protocol);
	return socket(family, type, protocol);
}

static void pool_make(void)
{
	unsigned int i, n;

	for (i = 0; i < POOL_KINDS; i++) {
		for (n = 0; n < POOL; n++) {
			int to = FIRST + i * POOL + n;
			int fd = socket(pool_kinds[i].family,
					pool_kinds[i].type,
					pool_kinds[i].protocol);

			if (fd < 0)
				fd = open("/dev/null", O_RDWR);
			dup2(fd, to);
			close(fd);
		}
	}
	use_pool = 1;
}

/* Root of a user namespace of its own, with all capabilities there. */
static int enter_userns(void)
{
	char map[64];
	int fd, uid = getuid();

	if (unshare(CLONE_NEWUSER))
		return -1;
	fd = open("/proc/self/uid_map", O_WRONLY);
	snprintf(map, sizeof(map), "0 %d 1", uid);
	if (fd < 0 || write(fd, map, strlen(map)) < 0)
		return -1;
	close(fd);
	return 0;
}

/* A process in a user namespace makes the sockets and passes them. */
static int pool_pass(void)
{
	char c = 0, control[CMSG_SPACE(POOL * sizeof(int))];
	struct iovec iov = { .iov_base = &c, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
	};
	struct cmsghdr *cmsg;
	int pair[2], fds[POOL];
	unsigned int i, n;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	pid = fork();
	if (!pid) {
		if (enter_userns())
			_exit(1);
		pool_make();
	}
	close(pair[!!pid]);
	for (i = 0; i < POOL_KINDS; i++) {
		msg.msg_controllen = sizeof(control);
		if (pid) {
			if (recvmsg(pair[0], &msg, 0) != 1)
				return -1;
			cmsg = CMSG_FIRSTHDR(&msg);
			if (!cmsg)
				return -1;
			memcpy(fds, CMSG_DATA(cmsg), sizeof(fds));
			for (n = 0; n < POOL; n++) {
				dup2(fds[n], FIRST + i * POOL + n);
				close(fds[n]);
			}
			continue;
		}
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
		for (n = 0; n < POOL; n++)
			fds[n] = FIRST + i * POOL + n;
		memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
		if (sendmsg(pair[1], &msg, 0) != 1)
			_exit(1);
	}
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	close(pair[0]);
	use_pool = 1;
	return 0;
}

static void set_word(char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		return;
	*value++ = 0;
	if (!strcmp(word, "prefix"))
		attack.prefix = value;
	else if (!strcmp(word, "here"))
		attack.here = atoi(value);
	else if (!strcmp(word, "target"))
		attack.target = atoi(value);
	else if (!strcmp(word, "uid"))
		attack.uid = atoi(value);
	else if (!strcmp(word, "victim"))
		attack.victim = atoi(value);
	else if (!strcmp(word, "vni"))
		attack.vni = atoi(value);
	else if (!strcmp(word, "pid"))
		attack.pid = atoi(value);
	else if (!strcmp(word, "ll"))
		inet_pton(AF_INET6, value, &attack.ll);
	else if (!strcmp(word, "only"))
		attack.only = value;
	else if (!strcmp(word, "core"))
		attack.core = atoi(value);
}

/* The words of a file that will be there in a while. */
static int set_words_when(const char *path)
{
	static char text[4096];
	char *word;
	int fd, i;
	ssize_t n;

	for (i = 0; i < 90000; i++) {
		fd = open(path, O_RDONLY);
		if (fd >= 0)
			break;
		usleep(20000);
	}
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return -1;
	text[n] = 0;
	for (word = strtok(text, "\n "); word; word = strtok(NULL, "\n "))
		set_word(word);
	return 0;
}

static void run_row(const struct row *row)
{
	int err;

	snprintf(key, sizeof(key), "%s/%s", attack.prefix, row->name);
	payload_len = snprintf(payload, sizeof(payload), "%s%s;", MARK, key);
	slot = row->slot;
	err = row->fn(row);
	dprintf(1, "%s\t%s\t%s\n", row->name, err ? strerrorname_np(err) : "-",
		key);
}

static int is_wanted(const struct row *row)
{
	return (!attack.core || row->core) &&
	       (!attack.only || strstr(row->name, attack.only));
}

/* Rows in processes of their own, a few at a time; those that never wait share
 * one. How many there are goes last, so that none is missed in silence.
 */
static int run_rows(void)
{
	struct row **wanted = calloc(n_rows, sizeof(*wanted));
	unsigned int i, n = 0, next = 0, running = 0;
	int status;
	pid_t pid;

	for (i = 0; i < n_rows; i++) {
		rows[i].slot = n;
		if (is_wanted(&rows[i]))
			wanted[n++] = &rows[i];
	}
	while (next < n || running) {
		if (running == 12 || next == n) {
			pid = wait(&status);
			if (pid < 0)
				return 6;
			running--;
			for (i = 0; WIFSIGNALED(status) && i < n; i++)
				if (wanted[i]->pid == pid)
					dprintf(1, "%s\tSIG%s\t-\n",
						wanted[i]->name,
						sigabbrev_np(WTERMSIG(status)));
			continue;
		}
		i = next++;
		while (wanted[i]->quick && next < n && next < i + 16 &&
		       wanted[next]->quick)
			next++;
		pid = fork();
		if (pid < 0)
			return 6;
		if (!pid) {
			alarm(60);
			for (; i < next; i++)
				run_row(wanted[i]);
			_exit(0);
		}
		wanted[i]->pid = pid;
		running++;
	}
	dprintf(1, "total\t%u\n", n);
	return 0;
}

static int attack_as(const char *mode, char **argv)
{
	int i;

	attack.here = 1;
	attack.prefix = mode;
	if (!strcmp(mode, "exec")) {
		char *again[64] = { "uvn_attack", "attack", "inherited" };

		pool_make();
		for (i = 0; argv[i] && i < 60; i++)
			again[i + 3] = argv[i];
		execv("/proc/self/exe", again);
		return 6;
	}
	for (i = 0; argv[i]; i++)
		set_word(argv[i]);
	use_pool = !strcmp(mode, "inherited");
	use_uring = !strcmp(mode, "uring");
	if (!strcmp(mode, "userns") && enter_userns()) {
		perror("user namespace");
		return 6;
	}
	if (!strcmp(mode, "passed") && pool_pass()) {
		perror("passed");
		return 6;
	}
	if (!strcmp(mode, "setuid")) {
		pool_make();
		if (setgroups(0, NULL) ||
		    setresgid(attack.uid, attack.uid, attack.uid) ||
		    setresuid(attack.uid, attack.uid, attack.uid)) {
			perror("setresuid");
			return 6;
		}
	}
	if (!strcmp(mode, "old")) {
		pool_make();
		dprintf(1, "ready\n");
		if (set_words_when(getenv("UVN_WHEN")))
			return 6;
	}
	send_rows();
	other_rows();
	return run_rows();
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc >= 3 && !strcmp(argv[1], "attack"))
		return attack_as(argv[2], argv + 3);
	if (argc == 3 && !strcmp(argv[1], "victim"))
		return victim(argv[2]);
	if (argc >= 4 && !strcmp(argv[1], "sniff"))
		return sniff(argv[2], argv + 3);
	if (argc >= 4 && !strcmp(argv[1], "squat"))
		return squat(argv[2], atoi(argv[3]), argv[4]);
	if (argc >= 4 && !strcmp(argv[1], "call"))
		return call(argv[2], argv + 3);
	if (argc == 2 && !strcmp(argv[1], "families"))
		return families();
	fprintf(stderr, "see the comment at the top of the source\n");
	return 6;
}
