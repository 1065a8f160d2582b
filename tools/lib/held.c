// SPDX-License-Identifier: GPL-2.0
/*
 * The internet sockets that processes have open, to which the kernel's list is
 * blind as long as they have no port: found by their descriptors.
 *
 * Not found are those that are only on their way in a message between processes
 * (SCM_RIGHTS), those that only an io_uring has, and those of a thread that
 * shares no descriptors with its process.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "lib/diag.h"
#include "lib/failure.h"
#include "lib/held.h"

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX	62
#endif

/**
 * struct held_walk - a walk through all processes
 * @here: this network namespace
 * @is_wanted: are sockets of the UID looked for?
 * @found: gets each of them, and a descriptor
 * @arg: passed to both
 * @pidfd: of the process where it is, or -1 if there was no need
 * @err: why something was not seen, or 0
 */
struct held_walk {
	struct stat here;
	bool (*is_wanted)(uint32_t uid, void *arg);
	void (*found)(const struct diag_sock *sk, int fd, void *arg);
	void *arg;
	int pidfd;
	int err;
};

static int option(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value = -1;

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) ? -1 : value;
}

static bool is_here(const struct held_walk *w, int fd)
{
	int ns = ioctl(fd, SIOCGSKNS);
	struct stat st;
	bool here;

	if (ns < 0)
		return true;
	here = !fstat(ns, &st) && st.st_ino == w->here.st_ino &&
	       st.st_dev == w->here.st_dev;
	close(ns);
	return here;
}

/* Others have sockets of the kernel's own below them, which it lists, or cannot be
 * cut off.
 */
static bool is_known(int protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return true;
	default:
		return false;
	}
}

/* What the kernel's list would say of it. */
static bool describe(const struct held_walk *w, int fd, uint32_t uid,
		     struct diag_sock *sk)
{
	socklen_t len = sizeof(uint64_t);
	int family = option(fd, SO_DOMAIN);
	int bound = option(fd, SO_BINDTOIFINDEX);
	int protocol = option(fd, SO_PROTOCOL);
	uint64_t cookie = 0;
	char name[IF_NAMESIZE];

	if ((family != AF_INET && family != AF_INET6) || !is_here(w, fd) ||
	    getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		return false;
	/* By a device that is gone nothing comes or goes. */
	if (bound > 0 && !if_indextoname(bound, name))
		return false;
	if (option(fd, SO_TYPE) == SOCK_RAW)
		protocol = IPPROTO_RAW;
	else if (!is_known(protocol))
		return false;
	memset(sk, 0, sizeof(*sk));
	sk->protocol = protocol;
	sk->msg.idiag_family = family;
	sk->msg.idiag_uid = uid;
	sk->msg.id.idiag_if = bound > 0 ? bound : 0;
	sk->msg.id.idiag_cookie[0] = (uint32_t)cookie;
	sk->msg.id.idiag_cookie[1] = cookie >> 32;
	return true;
}

/* Did the process only end, or close it? */
static void note(struct held_walk *w, int err)
{
	if (err != ESRCH && err != ENOENT && err != EBADF && err != ENOTDIR)
		w->err = err;
}

static void look_at(struct held_walk *w, int pid, int number, uint32_t uid)
{
	struct diag_sock sk;
	int fd;

	if (w->pidfd < 0)
		w->pidfd = syscall(SYS_pidfd_open, pid, 0);
	fd = w->pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, w->pidfd, number, 0);
	if (fd < 0) {
		note(w, errno);
		return;
	}
	if (describe(w, fd, uid, &sk))
		w->found(&sk, fd, w->arg);
	close(fd);
}

static void look_into(struct held_walk *w, const char *pid)
{
	struct dirent *entry;
	char path[64];
	struct stat st;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	if (!dir) {
		note(w, errno);
		return;
	}
	w->pidfd = -1;
	while ((entry = readdir(dir))) {
		/* The inode of a socket has the UID of who made it. */
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    fstatat(dirfd(dir), entry->d_name, &st, 0) ||
		    !S_ISSOCK(st.st_mode) || !w->is_wanted(st.st_uid, w->arg))
			continue;
		look_at(w, atoi(pid), atoi(entry->d_name), st.st_uid);
	}
	closedir(dir);
	if (w->pidfd >= 0)
		close(w->pidfd);
}

/**
 * held_dump - list the internet sockets of this network namespace that processes
 * have open
 * @is_wanted: are those of a UID looked for?
 * @found: gets each of them, more than once if more than one process has it, and
 *	a descriptor that is closed afterwards
 * @arg: passed to both
 * @why: set if it fails
 *
 * Return: true if it saw all.
 */
bool held_dump(bool (*is_wanted)(uint32_t uid, void *arg),
	       void (*found)(const struct diag_sock *sk, int fd, void *arg),
	       void *arg, struct uvn_failure *why)
{
	struct held_walk w = {
		.is_wanted = is_wanted,
		.found = found,
		.arg = arg,
	};
	struct dirent *entry;
	DIR *dir;

	dir = opendir("/proc");
	if (!dir || stat("/proc/self/ns/net", &w.here)) {
		w.err = errno;
	} else {
		while ((entry = readdir(dir)))
			if (isdigit((unsigned char)entry->d_name[0]))
				look_into(&w, entry->d_name);
	}
	if (dir)
		closedir(dir);
	if (w.err)
		snprintf(why->text, sizeof(why->text),
			 "cannot look at processes' sockets: %s", strerror(w.err));
	return !w.err;
}

/**
 * held_cut - cut off a user's socket that is older than enable
 * @sk: socket
 * @fd: a descriptor of it
 *
 * The module binds it to no device as it is disconnected.
 */
void held_cut(const struct diag_sock *sk, int fd)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	socklen_t len = sizeof(struct tcp_info);
	struct tcp_info info = {};

	if (sk->protocol == IPPROTO_TCP &&
	    (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) ||
	     info.tcpi_state != TCP_CLOSE))
		return;
	connect(fd, &none, sizeof(none));
}
