// SPDX-License-Identifier: GPL-2.0
/*
 * Fails each allocation in turn (FAULT_INJECTION's fail-nth), and looks at
 * what is left each time: the whole, or nothing. To be run as root in a node
 * that is configured as lib.sh does.
 *
 *	uvn_failnth SECONDS network UID WORKER
 *		of the kernel thread WORKER while it makes the UID's network
 *	uvn_failnth SECONDS socket UID
 *		of the task that makes a socket, with and without a network
 *	uvn_failnth SECONDS command
 *		of an administrator's task in every command
 *
 * It takes each allocation if SECONDS allow, else every few, others in each
 * run. What is wrong is printed; the last line counts rounds. Exit status 1 if
 * anything was wrong.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "uvn_failnth.h"

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

#define MANY 1000000
#define FEWEST 12	/* of the allocations that are failed one by one */

struct message m;
struct genl_family_id family;
int genl_fd, route_fd;
static int wrong, rounds, failed_rounds, worker, seconds;
static int step;
static unsigned int uid;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A worker of 0 is this task. */
static int fail_nth_open(void)
{
	char path[64] = "/proc/thread-self/fail-nth";
	int fd;

	if (worker)
		snprintf(path, sizeof(path), "/proc/%d/fail-nth", worker);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		exit(6);
	}
	return fd;
}

static void fail_nth_set(int fd, int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(fd, text, len, 0) != len) {
		perror("fail-nth");
		exit(6);
	}
}

/* How many allocations are still to go: 0 if one was failed. */
static int fail_nth_end(int fd)
{
	char text[16] = "";
	int left;

	if (pread(fd, text, sizeof(text) - 1, 0) < 0) {
		perror("fail-nth");
		exit(6);
	}
	left = atoi(text);
	fail_nth_set(fd, 0);
	return left;
}

void begin(int cmd, int flags)
{
	msg_begin(&m, family.id, flags, cmd);
}

static void complain(const char *what, int n, const char *why)
{
	printf("%s, allocation %d: %s\n", what, n, why);
	wrong++;
}

/* The errno of a new socket of the user's, or 0, with its device. */
static int user_socket(int *ifindex, int nth)
{
	int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	socklen_t len = sizeof(int);
	int fd, nth_fd = -1, err, status;
	pid_t pid = fork();

	if (!pid) {
		if (nth)
			nth_fd = fail_nth_open();
		if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
		    setresuid(uid, uid, uid))
			_exit(6);
		if (nth)
			fail_nth_set(nth_fd, nth);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		err = fd < 0 ? errno : 0;
		if (nth)
			shared[2] = fail_nth_end(nth_fd);
		shared[0] = err;
		if (fd >= 0)
			getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &shared[1],
				   &len);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	err = status ? 6000 + status : shared[0];
	*ifindex = shared[1];
	if (nth)
		rounds = shared[2];
	munmap(shared, 4096);
	return err;
}

struct network {
	int vrf;
	int routes;
	int routes6;
	int known;
};

static struct network network(void)
{
	const uint32_t table = (1U << 24) + uid;
	struct network w;
	char name[32];

	snprintf(name, sizeof(name), "vrf%u", uid);
	w.vrf = if_nametoindex(name);
	w.routes = routes(AF_INET, table);
	w.routes6 = routes(AF_INET6, table);
	begin(UVN_CMD_USER_GET, NLM_F_ACK);
	msg_u32(&m, UVN_A_USER_UID, uid);
	w.known = genl_request(genl_fd, &m, NULL, NULL, NULL) != -ENOENT;
	return w;
}

static void describe(const char *what, int n, const struct network *w)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "vrf %d, %d routes, %d IPv6 routes, user %sknown",
		 w->vrf, w->routes, w->routes6, w->known ? "" : "un");
	complain(what, n, text);
}

static int network_del(void)
{
	begin(UVN_CMD_USER_DEL, NLM_F_ACK);
	msg_u32(&m, UVN_A_USER_UID, uid);
	msg_attr(&m, UVN_A_USER_FORCE, NULL, 0);
	return genl_request(genl_fd, &m, NULL, NULL, NULL);
}

static void expect_nothing(const char *what, int n)
{
	struct network w = network();

	if (w.vrf || w.routes || w.routes6 || w.known)
		describe(what, n, &w);
}

static void expect_whole(const char *what, int n, const struct network *whole,
			 int ifindex)
{
	struct network w = network();

	if (!w.vrf || ifindex != w.vrf || !w.known ||
	    w.routes != whole->routes || w.routes6 != whole->routes6)
		describe(what, n, &w);
}

static int plausible(int err)
{
	return err == ENOMEM || err == ENOBUFS ||
	       err == ENFILE || /* no struct file to be had */
	       err == EINVAL; /* so says a part of the kernel for it */
}

/* A round's result; the network is gone afterwards. Where every allocation is
 * taken the next round is a next try as good as one of its own, since it gets
 * further; so most do without.
 */
static void judge(const char *what, int n, int err, int ifindex,
		  const struct network *whole)
{
	char text[64];

	if (err) {
		failed_rounds++;
		snprintf(text, sizeof(text), "socket(): %s", strerror(err));
		if (!plausible(err))
			complain(what, n, text);
		expect_nothing("after a failure", n);
		if (step == 1 && n % 8)
			return;
		err = user_socket(&ifindex, 0);
		snprintf(text, sizeof(text), "the next socket(): %s", strerror(err));
		if (err)
			complain(what, n, text);
	}
	if (!err) {
		expect_whole(what, n, whole, ifindex);
		if (network_del())
			complain(what, n, "the network cannot be removed");
	}
	expect_nothing("after the removal", n);
}

/* Every allocation if there is time, else every few; but never so few that none of
 * them need fail anything, since many are done without.
 */
static void stride(int total, double round_time)
{
	step = total * round_time / seconds + 1;
	if (step > total / FEWEST + 1)
		step = total / FEWEST + 1;
	printf("%d allocations, %.3f s a round, every %d\n", total, round_time,
	       step);
	fflush(stdout);
}

/* A slow machine has twice the time, and ten times of it until one has failed:
 * a run in which none did has shown nothing.
 */
static int time_left(double start)
{
	return now() - start < (failed_rounds ? 2 : 20) * seconds;
}

/* Other ones in each run, so that many runs see them all. */
static int first(void)
{
	return 1 + (unsigned int)(now() * 1000) % step;
}

static void fail_network(void)
{
	int fd = fail_nth_open(), n, total, err, ifindex, left, done = 0;
	struct network whole;
	double start = now();

	fail_nth_set(fd, MANY);
	err = user_socket(&ifindex, 0);
	total = MANY - fail_nth_end(fd);
	whole = network();
	if (err || !whole.vrf || !whole.routes || network_del()) {
		describe("without failures", 0, &whole);
		return;
	}
	expect_nothing("after the first removal", 0);
	stride(total, now() - start);
	start = now();
	for (n = first(); time_left(start); n += step) {
		fail_nth_set(fd, n);
		err = user_socket(&ifindex, 0);
		left = fail_nth_end(fd);
		done++;
		judge("making a network", n, err, ifindex, &whole);
		if (!left && n < 2 * total)
			continue;
		if (failed_rounds)
			break;
		n = first() - step;	/* others of them */
	}
	/* and while it is removed */
	start = now();
	for (n = first(); now() - start < 2 * seconds; n += step) {
		if (user_socket(&ifindex, 0))
			complain("before a removal", n, "no socket");
		fail_nth_set(fd, n);
		if (network_del())
			complain("removing a network", n, "it failed");
		left = fail_nth_end(fd);
		done++;
		expect_nothing("removing a network", n);
		if (left)
			break;
	}
	rounds = done;
}

static void fail_socket(void)
{
	int n, err, ifindex, done = 0;
	struct network whole;
	double start = now();

	if (user_socket(&ifindex, 0)) {
		complain("socket", 0, "no socket");
		return;
	}
	whole = network();
	network_del();
	for (n = 1; n < 1000 && time_left(start); n++) {
		err = user_socket(&ifindex, n);
		if (!rounds) {
			done++;
			/* Perhaps it failed before the network was asked for. */
			if (err && !plausible(err))
				complain("socket", n, strerror(err));
			failed_rounds += !!err;
			err = user_socket(&ifindex, 0);
			judge("socket", n, err, ifindex, &whole);
			continue;
		}
		judge("socket", n, err, ifindex, &whole);
		break;
	}
	rounds = done;
}

struct command {
	const char *name;
	void (*request)(void);
	void (*undo)(void);
};

static void req_enable(void)
{
	begin(UVN_CMD_ENABLE, NLM_F_ACK);
}

static void req_disable(void)
{
	begin(UVN_CMD_DISABLE, NLM_F_ACK);
}

static void req_subnet_add(void)
{
	begin(UVN_CMD_CONFIG_ADD, NLM_F_ACK);
	msg_subnet(&m, "10.9.0.0", 16, 444);
}

static void req_subnet_del(void)
{
	begin(UVN_CMD_CONFIG_DEL, NLM_F_ACK);
	msg_subnet(&m, "10.9.0.0", 16, 444);
}

static void req_range_add(void)
{
	begin(UVN_CMD_CONFIG_ADD, NLM_F_ACK);
	msg_range(&m, 100000, 100009, 100000);
}

static void req_range_del(void)
{
	begin(UVN_CMD_CONFIG_DEL, NLM_F_ACK);
	msg_range(&m, 100000, 100009, 100000);
}

static void req_replace_back(void)
{
	begin(UVN_CMD_CONFIG_REPLACE, NLM_F_ACK);
	msg_config(&m);
	msg_subnet(&m, "2001:db8:80::", 64, 803);
	msg_subnet(&m, "2001:db8:40::", 64, 804);
}

static void req_replace(void)
{
	req_replace_back();
	msg_range(&m, 100000, 100009, 100000);
	msg_subnet(&m, "10.9.0.0", 16, 444);
}

static void req_user_add(void)
{
	begin(UVN_CMD_USER_ADD, NLM_F_ACK);
	msg_u32(&m, UVN_A_USER_UID, uid);
}

static void req_user_del(void)
{
	begin(UVN_CMD_USER_DEL, NLM_F_ACK);
	msg_u32(&m, UVN_A_USER_UID, uid);
}

static void req_user_force(void)
{
	req_user_del();
	msg_attr(&m, UVN_A_USER_FORCE, NULL, 0);
}

static void put_publish(void)
{
	unsigned int nest = msg_nest(&m, UVN_A_CONFIG_PUBLISH);
	const unsigned char from[4] = { 10 };
	const uint16_t first = 8000, last = 8099;
	const uint8_t len = 8, tcp = IPPROTO_TCP;

	msg_attr(&m, UVN_A_PUBLISH_PREFIX, from, sizeof(from));
	msg_attr(&m, UVN_A_PUBLISH_PREFIX_LEN, &len, sizeof(len));
	msg_attr(&m, UVN_A_PUBLISH_PROTOCOL, &tcp, sizeof(tcp));
	msg_attr(&m, UVN_A_PUBLISH_PORT_FIRST, &first, sizeof(first));
	msg_attr(&m, UVN_A_PUBLISH_PORT_LAST, &last, sizeof(last));
	msg_nest_end(&m, nest);
}

static void req_publish_add(void)
{
	begin(UVN_CMD_CONFIG_ADD, NLM_F_ACK);
	put_publish();
}

static void req_publish_del(void)
{
	begin(UVN_CMD_CONFIG_DEL, NLM_F_ACK);
	put_publish();
}

static void req_adopt_add(void)
{
	begin(UVN_CMD_ADOPT_ADD, NLM_F_ACK);
	msg_u32(&m, UVN_A_ADOPT_PID, getppid());
	msg_u32(&m, UVN_A_ADOPT_UID, uid);
}

static void req_adopt_del(void)
{
	begin(UVN_CMD_ADOPT_DEL, NLM_F_ACK);
	msg_u32(&m, UVN_A_ADOPT_PID, getppid());
}

static const struct command commands[] = {
	{ "subnet add", req_subnet_add, req_subnet_del },
	{ "range add", req_range_add, req_range_del },
	{ "replace", req_replace, req_replace_back },
	{ "publish add", req_publish_add, req_publish_del },
	{ "publish del", req_publish_del, req_publish_add },
	{ "adopt add", req_adopt_add, req_adopt_del },
	{ "adopt del", req_adopt_del, req_adopt_add },
	{ "user add", req_user_add, req_user_force },
	{ "subnet del", req_subnet_del, req_subnet_add },
	{ "range del", req_range_del, req_range_add },
	{ "user del", req_user_del, req_user_add },
	{ "user del --force", req_user_force, req_user_add },
	{ "disable", req_disable, req_enable },
	{ "enable", req_enable, req_disable },
};

static int run(void (*request)(void))
{
	request();
	return genl_request(genl_fd, &m, NULL, NULL, NULL);
}

static void fail_command(const struct command *c)
{
	int fd = fail_nth_open(), n, total, err, left, done = 0, failures = 0;
	struct state before, after, s;
	struct network w;
	double start;
	int ifindex;

	before = state();
	c->request();
	start = now();
	fail_nth_set(fd, MANY);
	err = genl_request(genl_fd, &m, NULL, NULL, NULL);
	total = MANY - fail_nth_end(fd);
	after = state();
	if (err || run(c->undo)) {
		complain(c->name, 0, strerror(-err));
		return;
	}
	s = state();
	if (!state_same(&s, &before)) {
		complain(c->name, 0, "undoing it left something");
		before = s;
	}
	printf("%s: ", c->name);
	stride(total, 2 * (now() - start));
	start = now();
	for (n = first(); n <= 2 * total && now() - start < 2 * seconds; n += step) {
		c->request();
		fail_nth_set(fd, n);
		err = genl_request(genl_fd, &m, NULL, NULL, NULL);
		left = fail_nth_end(fd);
		done++;
		failures += !!err;
		s = state();
		/* If the answer itself was lost, either is right. */
		if (state_same(&s, &after)) {
			if (err && err != -ENOBUFS)
				complain(c->name, n, "it failed, but did it");
			if (c->request == req_enable) {
				/* Not only armed, but with every device. */
				if (user_socket(&ifindex, 0))
					complain(c->name, n, "then no socket");
				w = network();
				if (!w.vrf || !w.routes)
					describe(c->name, n, &w);
				network_del();
			}
			err = run(c->undo);
			if (err)
				complain(c->name, n, "undoing it failed");
			s = state();
			if (!state_same(&s, &before))
				complain(c->name, n, "undoing it left something");
		} else if (!state_same(&s, &before)) {
			complain(c->name, n, "half of it was done");
			before = s;
		} else if (!err && !state_same(&before, &after)) {
			complain(c->name, n, "it said yes and did nothing");
		}
		if (left)
			break;
	}
	close(fd);
	rounds += done;
	failed_rounds += failures;
}

int main(int argc, char **argv)
{
	unsigned int i;
	int all = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3)
		return 6;
	seconds = atoi(argv[1]);
	uid = argc > 3 ? atoi(argv[3]) : 1234;
	worker = argc > 4 ? atoi(argv[4]) : 0;
	genl_fd = genl_open(NETLINK_GENERIC);
	route_fd = genl_open(NETLINK_ROUTE);
	family = genl_family(genl_fd);
	if (!strcmp(argv[2], "network")) {
		fail_network();
	} else if (!strcmp(argv[2], "socket")) {
		fail_socket();
	} else {
		/* so that it can be deleted, and added again */
		for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
			const struct command *c = &commands[i];

			if (strstr(c->name, " del"))
				run(c->undo);
			if (c->request == req_enable)
				run(req_disable);
			fail_command(c);
			if (strstr(c->name, " del"))
				run(c->request);
			if (c->request == req_enable)
				run(req_enable);
			all += rounds;
			rounds = 0;
		}
		rounds = all;
	}
	printf("%d rounds, %d of them failed, %d wrong\n", rounds, failed_rounds,
	       wrong);
	return wrong || !failed_rounds;
}
