// SPDX-License-Identifier: GPL-2.0
/*
 * Does one thing after the other to itself, as root of the initial user
 * namespace at first:
 *
 *	uvn_task WORD...
 *
 *	uid=N		becomes N altogether (in a user namespace: its N)
 *	euid=N		becomes N effectively only
 *	real		becomes altogether what it is effectively, as a setuid
 *			program does without any privilege
 *	userns=MAP	enters a user namespace of its own with MAP as uid_map:
 *			"0:1234:1,1:100000:100", as newuidmap would write it
 *	nested		enters a user namespace that it maps itself into
 *	netns		enters a network namespace of its own
 *	enter=PID	enters the user namespace of PID with its own credentials
 *	bound		prints "bound IFINDEX" or "bound -ERRNO" of a new socket
 *	bound6		the same for an IPv6 socket
 *	uring		the same for a socket that io_uring makes
 *	accept		the same for a connection accepted on 127.0.0.1
 *	rebind		prints what a new socket says to being bound elsewhere
 *	pause		prints "pausing" and sleeps for ever
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

static int helper_fd = -1;

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(6);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* Stays as privileged as this program was at its start, and writes maps. */
static void start_helper(void)
{
	char map[256], path[64], ok;
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		die("socketpair");
	helper_fd = pair[0];
	pid = getpid();
	if (fork())
		return;
	close(pair[0]);
	for (;;) {
		ssize_t n = read(pair[1], map, sizeof(map) - 1);

		if (n <= 0)
			_exit(0);
		map[n] = 0;
		snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
		ok = write_file(path, map) ? 'n' : 'y';
		snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
		if (write_file(path, map))
			ok = 'n';
		if (write(pair[1], &ok, 1) != 1)
			_exit(0);
	}
}

static void become(long id)
{
	/* In a user namespace that denies it there is nothing to clear. */
	setgroups(0, NULL);
	if (setresgid(id, id, id) || setresuid(id, id, id))
		die("setresuid");
	prctl(PR_SET_DUMPABLE, 1);
}

static void enter_userns(const char *arg)
{
	char map[256], *c, ok;

	snprintf(map, sizeof(map), "%s\n", arg);
	for (c = map; *c; c++)
		*c = *c == ':' ? ' ' : *c == ',' ? '\n' : *c;
	if (unshare(CLONE_NEWUSER))
		die("unshare user");
	if (write(helper_fd, map, strlen(map)) < 0 ||
	    read(helper_fd, &ok, 1) != 1 || ok != 'y') {
		errno = EPERM;
		die("uid_map");
	}
}

static void enter_nested(void)
{
	unsigned int uid = geteuid(), gid = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER))
		die("unshare nested");
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	write_file("/proc/self/setgroups", "deny");
	if (write_file("/proc/self/uid_map", map))
		die("nested uid_map");
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	write_file("/proc/self/gid_map", map);
}

static void enter_pid(const char *pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWUSER))
		die("setns");
	close(fd);
}

static int device_of(int fd)
{
	socklen_t len = sizeof(int);
	int ifindex = 0;

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, &len))
		return -errno;
	return ifindex;
}

static int bound_to(int fd)
{
	int ifindex = device_of(fd);

	if (fd >= 0)
		close(fd);
	return ifindex;
}

static int uring_socket(void)
{
	struct io_uring_params p = {};
	int ring = syscall(SYS_io_uring_setup, 4, &p);
	unsigned char *sq, *cq;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;

	if (ring < 0)
		return -1;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(int),
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
		   MAP_SHARED, ring, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		return -1;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_SOCKET;
	sqe->fd = AF_INET;
	sqe->off = SOCK_STREAM;
	sqe->flags = IOSQE_ASYNC;	/* by a kernel thread of its own */
	((int *)(sq + p.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned int *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -1;
	cqe = (void *)(cq + p.cq_off.cqes);
	if (cqe->res < 0) {
		errno = -cqe->res;
		return -1;
	}
	return cqe->res;
}

static int accepted(void)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(sa);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);

	if (server < 0 || client < 0 ||
	    bind(server, (struct sockaddr *)&sa, len) || listen(server, 1) ||
	    getsockname(server, (struct sockaddr *)&sa, &len) ||
	    connect(client, (struct sockaddr *)&sa, len))
		return -1;
	return accept(server, NULL, NULL);
}

/* What the kernel said, and whether it is true. */
static const char *said(int fd, int before)
{
	if (errno)
		return strerror(errno);
	return device_of(fd) == before ? "stays" : "moved";
}

static void rebind(void)
{
	static const char *const device[] = { "", "lo", "em1" };
	static const int ifindex[] = { 0, 1, 2 };
	unsigned int i;
	int fd, before;

	for (i = 0; i < 3; i++) {
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		before = device_of(fd);
		errno = 0;
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device[i],
			   strlen(device[i]) + 1);
		printf("rebind device \"%s\": %s\n", device[i], said(fd, before));
		errno = 0;
		setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex[i],
			   sizeof(int));
		printf("rebind ifindex %d: %s\n", ifindex[i], said(fd, before));
		close(fd);
	}
}

int main(int argc, char **argv)
{
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], "userns=", 7) && helper_fd < 0)
			start_helper();
	for (i = 1; i < argc; i++) {
		const char *value = strchr(argv[i], '=');
		char *word = strndup(argv[i], strcspn(argv[i], "="));

		value = value ? value + 1 : "";
		if (!strcmp(word, "uid")) {
			become(strtoul(value, NULL, 10));
		} else if (!strcmp(word, "euid")) {
			if (setresuid(-1, strtoul(value, NULL, 10), -1))
				die("seteuid");
		} else if (!strcmp(word, "real")) {
			if (setreuid(geteuid(), geteuid()))
				die("setreuid");
		} else if (!strcmp(word, "userns")) {
			enter_userns(value);
		} else if (!strcmp(word, "nested")) {
			enter_nested();
		} else if (!strcmp(word, "netns")) {
			if (unshare(CLONE_NEWNET))
				die("unshare net");
		} else if (!strcmp(word, "enter")) {
			enter_pid(value);
		} else if (!strcmp(word, "bound")) {
			printf("bound %d\n", bound_to(socket(AF_INET, SOCK_STREAM, 0)));
		} else if (!strcmp(word, "bound6")) {
			printf("bound6 %d\n", bound_to(socket(AF_INET6, SOCK_DGRAM, 0)));
		} else if (!strcmp(word, "uring")) {
			printf("uring %d\n", bound_to(uring_socket()));
		} else if (!strcmp(word, "accept")) {
			printf("accept %d\n", bound_to(accepted()));
		} else if (!strcmp(word, "rebind")) {
			rebind();
		} else if (!strcmp(word, "pause")) {
			printf("pausing\n");
			pause();
		} else {
			fprintf(stderr, "see the comment at the top of uvn_task.c\n");
			return 6;
		}
		free(word);
	}
	return 0;
}
