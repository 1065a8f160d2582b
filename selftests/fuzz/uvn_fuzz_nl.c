// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink messages of all kinds, made from the spec:
 *
 *	uvn_fuzz_nl [-s SEED] [-n COUNT] NODE NODE... SPECTATOR
 *
 * Each NODE is the path of a network namespace to whose uvn root sends good
 * and bad messages from several processes at once, while users there make
 * sockets. The SPECTATOR is sent the same by who must not: its configuration
 * stays as it is. After each round all is quiet, and then:
 *
 *	what is configured can be read, is as the spec says, and given back it
 *	makes the same configuration;
 *	disable works, and enable with a good configuration;
 *	a user gets a network and a socket in it.
 *
 * Besides, of each message: what breaks the spec is refused, a refusal has a
 * reason, who asks for an answer gets one, and an answer is as the spec says.
 * The same SEED makes the same messages; only how those of the processes mix
 * differs. Exit status 1 if something was found.
 */
#define _GNU_SOURCE
#include "uvn_fuzz_nl.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define PER_ROUND	20000
#define PER_TURN	100
#define SENDERS		2	/* at each node */
#define INTRUDERS	4	/* at the spectator; a quarter of all is theirs */
#define UNPRIVILEGED	999

struct shared {
	uint64_t sent;
	uint64_t refused[256];	/* by errno */
	uint64_t changed[256];	/* by command: taken, as an administrator's */
	uint64_t sockets;
	uint64_t bound;
	int64_t left;		/* of the round's, for the nodes */
	uint32_t turns;		/* for users: one in so many messages */
	int stop;
	int findings;
};

static struct shared *shared;
static uint64_t seed;
static struct message m;
static struct batch batch;
static bool intruder;
static char who[64];

void finding(const void *data, unsigned int len, const char *format, ...)
{
	va_list ap;

	__sync_fetch_and_add(&shared->findings, 1);
	va_start(ap, format);
	printf("FOUND (%s): ", who);
	vprintf(format, ap);
	printf("\n");
	va_end(ap);
	if (data) {
		printf("FOUND message: ");
		print_hex(data, len);
	}
	fflush(stdout);
}

static void judge(const struct sent *s, bool all)
{
	const void *data = batch.data + s->at;
	const char *name = s->op ? s->op->name : "unknown";

	if (s->answered)
		__sync_fetch_and_add(&shared->refused[s->error & 255], 1);
	if (batch.wild)
		return;
	if (!s->error && s->answered && !intruder && s->op)
		__sync_fetch_and_add(&shared->changed[s->op->cmd], 1);
	if (intruder && s->op && s->op->flags & SPEC_ADMIN &&
	    (s->object || (s->answered && !s->error)))
		finding(data, s->len, "%s by who may not", name);
	if (all && s->bad && (!s->answered || !s->error))
		finding(data, s->len, "%s was taken and breaks the spec", name);
	if (all && s->ack && !s->answered)
		finding(data, s->len, "%s has no answer", name);
	/* A socket's second dump at a time is refused by netlink itself. */
	if (s->op && !intruder && s->answered && wants_reason(s->error) &&
	    !s->reason && !(s->dump && s->error == EBUSY))
		finding(data, s->len, "%s: error %d without a reason", name,
			s->error);
}

static unsigned int send_batch(int fd, unsigned int left)
{
	unsigned int i, n = 1 + rnd(&r, left < BATCH ? left : BATCH);
	uint64_t before;
	bool all;

	make_batch(&batch, n);
	if (send(fd, batch.data, batch.len, 0) < 0)
		finding(NULL, 0, "sending %u bytes: %s", batch.len,
			strerror(errno));
	all = read_answers(fd, &batch);
	for (i = 0; i < batch.n; i++)
		judge(&batch.sent[i], all);
	before = __sync_fetch_and_add(&shared->sent, batch.n);
	if (before / PER_TURN != (before + batch.n) / PER_TURN)
		turn_next(&shared->turns);
	return batch.n;
}

/* The processes of a round. */

/* The second node is disabled in most rounds: messages for which networks
 * need not be made anew are much quicker, so more of them go there.
 */
static bool is_idle(unsigned int at, uint64_t round)
{
	return at == 1 && round % 4 != 3;
}

static void sender(uint64_t round, unsigned int id)
{
	int fd = genl_open(NETLINK_GENERIC);

	r = rnd_start(seed, round, id);
	idle = is_idle(id / SENDERS, round);
	while (__atomic_load_n(&shared->left, __ATOMIC_RELAXED) > 0)
		__sync_fetch_and_sub(&shared->left, send_batch(fd, BATCH));
}

/* Who must not: by the task, by the opener of the socket, by both, and root
 * of a user namespace.
 */
static void intrude(uint64_t round, unsigned int id, unsigned int count)
{
	int fd;

	intruder = true;
	r = rnd_start(seed, round, 1000 + id);
	switch (id) {
	case 0:
		become(UNPRIVILEGED);
		fd = genl_open(NETLINK_GENERIC);
		break;
	case 1:
		fd = genl_open(NETLINK_GENERIC);
		become(1234);
		break;
	case 2:
		if (seteuid(UNPRIVILEGED))
			exit(6);
		fd = genl_open(NETLINK_GENERIC);
		if (seteuid(0))
			exit(6);
		break;
	default:
		if (unshare(CLONE_NEWUSER)) {
			perror("unshare");
			exit(6);
		}
		fd = genl_open(NETLINK_GENERIC);
	}
	while (count)
		count -= send_batch(fd, count);
}

static void real_uid(uid_t uid)
{
	if (setresuid(uid, uid, 0)) {
		perror("setresuid");
		exit(6);
	}
}

/* A socket of a user's, and the device that it is bound to; or -1. Users are not told
 * which, so that the same process makes the socket as the user and asks as root.
 */
static int user_socket(uid_t uid, char device[IFNAMSIZ])
{
	socklen_t len = IFNAMSIZ;
	int fd;

	device[0] = '\0';
	real_uid(uid);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	real_uid(0);
	if (getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, &len))
		device[0] = '\0';
	return fd;
}

/* A user who makes a socket now and then, until the round is over: one in so
 * many messages, since that takes long where messages take long.
 */
static void socket_maker(uid_t uid)
{
	char device[IFNAMSIZ], vrf[IFNAMSIZ];
	uint32_t turn;
	int fd;

	snprintf(vrf, sizeof(vrf), "vrf%u", uid);
	for (;;) {
		turn = turn_now(&shared->turns);
		if (__atomic_load_n(&shared->stop, __ATOMIC_RELAXED))
			return;
		fd = user_socket(uid, device);
		__sync_fetch_and_add(&shared->sockets, 1);
		if (fd >= 0 && device[0]) {
			__sync_fetch_and_add(&shared->bound, 1);
			if (strcmp(device, vrf))
				finding(NULL, 0, "a socket of %u is in %s", uid,
					device);
		}
		if (fd >= 0)
			close(fd);
		turn_await(&shared->turns, turn);
	}
}

/* The quiet after a round. */

struct saved {
	unsigned int len;
	unsigned char attrs[sizeof(m.buf)];
};

static void save_item(struct nlmsghdr *nlh, void *arg)
{
	unsigned int len = nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	struct saved *saved = arg;

	check_object(nlh);
	if (saved->len + len > sizeof(saved->attrs)) {
		finding(NULL, 0, "more is configured than a message holds");
		return;
	}
	memcpy(saved->attrs + saved->len,
	       (char *)NLMSG_DATA(nlh) + GENL_HDRLEN, len);
	saved->len += len;
}

static int save(int fd, struct saved *saved)
{
	saved->len = 0;
	msg_begin(&m, family.id, NLM_F_DUMP, UVN_CMD_CONFIG_GET);
	return genl_request(fd, &m, save_item, saved, NULL);
}

static int load(int fd, const struct saved *saved)
{
	msg_begin(&m, family.id, NLM_F_ACK, UVN_CMD_CONFIG_REPLACE);
	if (m.len + saved->len <= sizeof(m.buf))
		msg_raw(&m, saved->attrs, saved->len);
	return genl_request(fd, &m, NULL, NULL, NULL);
}

static int command(int fd, int cmd, uint32_t uid)
{
	const char *why = NULL;
	int err;

	msg_begin(&m, family.id, NLM_F_ACK, cmd);
	if (uid)
		msg_u32(&m, UVN_A_USER_UID, uid);
	if (cmd == UVN_CMD_USER_DEL)
		msg_attr(&m, UVN_A_USER_FORCE, NULL, 0);
	err = genl_request(fd, &m, NULL, NULL, &why);
	if (err && wants_reason(-err) && !why)
		finding(NULL, 0, "command %d: error %d without a reason", cmd,
			-err);
	return err;
}

static int configure(int fd)
{
	msg_begin(&m, family.id, NLM_F_ACK, UVN_CMD_CONFIG_REPLACE);
	msg_config(&m);
	return genl_request(fd, &m, NULL, NULL, NULL);
}

static void must(const char *what, int err)
{
	if (err)
		finding(NULL, 0, "%s: %s", what, strerror(-err));
}

static void must_bind(uid_t uid)
{
	char device[IFNAMSIZ];
	pid_t pid = fork();
	int status;

	if (!pid) {
		char vrf[IFNAMSIZ];

		snprintf(vrf, sizeof(vrf), "vrf%u", uid);
		if (user_socket(uid, device) < 0)
			finding(NULL, 0, "socket of %u: %s", uid,
				strerror(errno));
		else if (strcmp(device, vrf))
			finding(NULL, 0, "socket of %u: in '%s'", uid, device);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		finding(NULL, 0, "user %u came to an end", uid);
}

static void check_node(unsigned int at, uint64_t round)
{
	static struct saved before, after;
	int fd = genl_open(NETLINK_GENERIC);

	must("save", save(fd, &before));
	must("load", load(fd, &before));
	must("save", save(fd, &after));
	if (before.len != after.len ||
	    memcmp(before.attrs, after.attrs, before.len)) {
		finding(before.attrs, before.len, "save, load, save differ");
		finding(after.attrs, after.len, "what was saved then");
	}
	/* with whatever is configured: it may be refused */
	command(fd, UVN_CMD_ENABLE, 0);
	must("save while enabled", save(fd, &before));
	must("disable", command(fd, UVN_CMD_DISABLE, 0));
	must("configure", configure(fd));
	must("enable", command(fd, UVN_CMD_ENABLE, 0));
	must("user add", command(fd, UVN_CMD_USER_ADD, 1234));
	must("user show", command(fd, UVN_CMD_USER_GET, 1234));
	must_bind(1234);
	must("user del", command(fd, UVN_CMD_USER_DEL, 1234));
	must_bind(9876);
	if (is_idle(at, round + 1))
		must("disable", command(fd, UVN_CMD_DISABLE, 0));
}

static void check_spectator(uint64_t round)
{
	static struct saved good, now;
	int fd = genl_open(NETLINK_GENERIC);

	must("save", save(fd, &now));
	must("configure", configure(fd));
	must("save", save(fd, &good));
	if (round != ~0ull && (now.len != good.len ||
			       memcmp(now.attrs, good.attrs, now.len)))
		finding(now.attrs, now.len, "changed by who may not");
	must("enable", command(fd, UVN_CMD_ENABLE, 0));
}

static pid_t start(const char *ns, const char *name, uint64_t round,
		   unsigned int id)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(6);
	}
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(who, sizeof(who), "seed %ju round %jd, %s %u of %s",
		 (uintmax_t)seed, (intmax_t)round, name, id,
		 strrchr(ns, '/') ? strrchr(ns, '/') + 1 : ns);
	enter(ns);
	return 0;
}

static void await(pid_t *pids, unsigned int n)
{
	unsigned int i;
	int status;

	for (i = 0; i < n; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status)
			finding(NULL, 0, "process %u ended with %#x", i, status);
}

static void quiet(char **nodes, unsigned int n, uint64_t round)
{
	pid_t pids[n];
	unsigned int i;

	for (i = 0; i < n; i++) {
		pids[i] = start(nodes[i], "check", round, i);
		if (pids[i])
			continue;
		if (i < n - 1)
			check_node(i, round);
		else
			check_spectator(round);
		exit(0);
	}
	await(pids, n);
}

static void one_round(char **nodes, unsigned int n, uint64_t round,
		      unsigned int count)
{
	static const uid_t uids[] = { 1000, 1234, 1468 };
	unsigned int i, k, n_pids = 0, n_makers = 0;
	pid_t pids[(n - 1) * SENDERS + INTRUDERS];
	pid_t makers[n * ARRAY_SIZE(uids)];
	unsigned int share = count / 4 / INTRUDERS + 1;

	shared->stop = 0;
	shared->left = count - count / 4;
	for (i = 0; i < n; i++)
		for (k = 0; k < ARRAY_SIZE(uids); k++) {
			makers[n_makers] = start(nodes[i], "user", round, k);
			if (!makers[n_makers++]) {
				socket_maker(uids[k]);
				exit(0);
			}
		}
	for (i = 0; i < n - 1; i++)
		for (k = 0; k < SENDERS; k++) {
			pids[n_pids] = start(nodes[i], "sender", round,
					     i * SENDERS + k);
			if (!pids[n_pids++]) {
				sender(round, i * SENDERS + k);
				exit(0);
			}
		}
	for (k = 0; k < INTRUDERS; k++) {
		pids[n_pids] = start(nodes[n - 1], "intruder", round, k);
		if (!pids[n_pids++]) {
			intrude(round, k, share);
			exit(0);
		}
	}
	await(pids, n_pids);
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	turn_next(&shared->turns);
	await(makers, n_makers);
}

int main(int argc, char **argv)
{
	uint64_t count = 100000, round;
	time_t begun = time(NULL);
	unsigned int i, n;
	int opt, fd;

	seed = begun;
	while ((opt = getopt(argc, argv, "s:n:")) != -1) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			count = strtoull(optarg, NULL, 0);
		else
			return 6;
	}
	n = argc - optind;
	if (n < 2) {
		fprintf(stderr, "see the comment at the top of uvn_fuzz_nl.c\n");
		return 6;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fd = genl_open(NETLINK_GENERIC);
	family = genl_family(fd);
	close(fd);
	if (shared == MAP_FAILED || !family.id)
		return 6;
	printf("seed %ju\n", (uintmax_t)seed);
	quiet(argv + optind, n, ~0ull);
	for (round = 0; shared->sent < count && !shared->findings; round++) {
		one_round(argv + optind, n, round, count - shared->sent < PER_ROUND ?
			  count - shared->sent : PER_ROUND);
		quiet(argv + optind, n, round);
		printf("round %ju: %ju messages, %jd s\n", (uintmax_t)round,
		       (uintmax_t)shared->sent, (intmax_t)(time(NULL) - begun));
		fflush(stdout);
	}
	for (i = 0; i < 256; i++)
		if (shared->refused[i])
			printf("answered %s: %ju\n", i ? strerror(i) : "yes",
			       (uintmax_t)shared->refused[i]);
	for (i = 0; i < 256; i++)
		if (op_of(family.id, i))
			printf("taken %s: %ju\n", op_of(family.id, i)->name,
			       (uintmax_t)shared->changed[i]);
	printf("users' sockets: %ju, bound %ju\n", (uintmax_t)shared->sockets,
	       (uintmax_t)shared->bound);
	printf("%ju messages, %ju rounds, %jd s, %d findings\n",
	       (uintmax_t)shared->sent, (uintmax_t)round,
	       (intmax_t)(time(NULL) - begun), shared->findings);
	return !!shared->findings;
}
