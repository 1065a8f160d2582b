// SPDX-License-Identifier: GPL-2.0
/*
 * Frames of all kinds, sent to the VXLAN ports of a node by its neighbour:
 *
 *	uvn_fuzz_rx [-s SEED] [-n COUNT] [-x INDEX] NODE WIRE DEVICE LOWER
 *
 * NODE and WIRE are paths of network namespaces. DEVICE, in WIRE, is the other
 * end of LOWER, which has the node's addresses (lib.sh, with dual=1). Users
 * 1234 and 9876 and the system listen in NODE, by UDP, TCP, ping, and for
 * errors. Every payload repeats the number of its frame, and before a frame is
 * sent judge() says, from its bytes alone, whose it is: what a node of the
 * subnet could have sent in a user's VNI is that user's, and the system's; all
 * else that is VXLAN is nobody's. Found is
 *
 *	a listener that got what is not its own;
 *	a connection (nobody makes any);
 *	an answer on the wire in another network than the question;
 *	a user who does not get good packets any more.
 *
 * A frame depends on SEED and its number only; -x prints one. Exit status 1 if
 * something was found.
 */
#define _GNU_SOURCE
#include "uvn_fuzz_rx.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "../lib/uvn_genl.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif
#define BATCH		64
#define WINDOW		4096	/* frames between waits for the listeners */
#define PER_TURN	2000

struct shared *shared;
static uint64_t count = 100000;
const char *node;
static const char *wire, *device, *lower;

void finding(int64_t index, const char *format, ...)
{
	static struct frame f;
	unsigned int i;
	va_list ap;

	if (__sync_fetch_and_add(&shared->findings, 1) > 20)
		return;
	va_start(ap, format);
	printf("FOUND (seed %ju): ", (uintmax_t)seed);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
	if (index >= 0 && (uint64_t)index < count) {
		make_frame(&f, index);
		for (i = 0; i < f.n; i++) {
			printf("FOUND frame %jd, owner %u: ", (intmax_t)index,
			       f.owner);
			print_hex(f.part[i].data, f.part[i].len);
		}
	}
	fflush(stdout);
}

static int packet_socket(int proto)
{
	struct sockaddr_ll sa = { .sll_family = AF_PACKET };
	int fd;

	enter(wire);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	sa.sll_protocol = htons(proto);
	sa.sll_ifindex = if_nametoindex(device);
	if (fd < 0 || bind(fd, (void *)&sa, sizeof(sa))) {
		perror(device);
		exit(6);
	}
	return fd;
}

/* What the node answers, TCP or echo, must be in the network that asked. */
static void check_answer(const unsigned char *f, unsigned int len)
{
	uint64_t sent = __atomic_load_n(&shared->sent, __ATOMIC_ACQUIRE);
	int fam = get16(f + 12) == ETH_P_IP ? IPV4 : IPV6;
	unsigned int hlen = fam == IPV4 ? 20 : 40;
	const unsigned char *ip = f + ETH_HLEN, *l4 = ip + hlen;
	uint8_t mine = PLAIN, proto;
	uint32_t index;

	if (len < ETH_HLEN + hlen + 20 ||
	    (fam == IPV6 && get16(f + 12) != ETH_P_IPV6))
		return;
	proto = fam == IPV4 ? ip[9] : ip[6];
	if (proto == IPPROTO_UDP &&
	    get16(l4 + 2) == (fam == IPV4 ? 801 : 803)) {
		if (len < ETH_HLEN + hlen + 8 + 22 + hlen + 20)
			return;
		mine = owner_of_vni(get32(l4 + 12) >> 8);
		if (mine & (TO_A | TO_B))
			mine &= TO_A | TO_B;
		ip = l4 + 8 + 22;
		l4 = ip + hlen;
		proto = fam == IPV4 ? ip[9] : ip[6];
	}
	if (proto != IPPROTO_TCP ||
	    (get16(l4) != PORT && get16(l4) != PORT_SYSTEM))
		return;
	index = (sent & ~0xffffull) | get16(l4 + 2);
	if (index >= sent)
		index -= 0x10000;
	if (index >= sent)
		return;
	__sync_fetch_and_add(&shared->answers, 1);
	if (!(shared->owner[index] & mine))
		finding(index, "an answer in the network %u to what is of %u",
			mine, shared->owner[index]);
}

static void watch_wire(void)
{
	static unsigned char data[1 << 16];
	int fd = packet_socket(ETH_P_ALL), one = 1, size = 32 << 20, len;
	struct pollfd pfd = { fd, POLLIN, 0 };

	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	__sync_fetch_and_add(&shared->ready, 1);
	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		poll(&pfd, 1, 200);
		while ((len = recv(fd, data, sizeof(data), MSG_DONTWAIT)) > 0)
			check_answer(data, len);
	}
}

/* Networks that packets have made go again, so that packets make them again;
 * one in so many packets, since that takes long where packets take long.
 */
static void remove_networks(void)
{
	static struct message m;
	struct genl_family_id family;
	uint32_t turn;
	uint64_t r;
	int fd;

	enter(node);
	fd = genl_open(NETLINK_GENERIC);
	family = genl_family(fd);
	r = rnd_start(seed, 0, 3);
	__sync_fetch_and_add(&shared->ready, 1);
	for (;;) {
		turn = turn_now(&shared->turns);
		if (__atomic_load_n(&shared->stop, __ATOMIC_RELAXED))
			return;
		msg_begin(&m, family.id, NLM_F_ACK, UVN_CMD_USER_DEL);
		msg_u32(&m, UVN_A_USER_UID, POOL + rnd(&r, POOL_SIZE));
		msg_attr(&m, UVN_A_USER_FORCE, NULL, 0);
		genl_request(fd, &m, NULL, NULL, NULL);
		turn_await(&shared->turns, turn);
	}
}

/* Sending. */

static void send_parts(int fd, struct part *parts, unsigned int n)
{
	static struct virtio_net_hdr none;
	struct mmsghdr msg[BATCH * PARTS];
	struct iovec iov[BATCH * PARTS][2];
	unsigned int i, done = 0;
	int sent;

	memset(msg, 0, sizeof(msg[0]) * n);
	for (i = 0; i < n; i++) {
		iov[i][0].iov_base = &parts[i].vnet;
		iov[i][0].iov_len = sizeof(none);
		iov[i][1].iov_base = parts[i].data;
		iov[i][1].iov_len = parts[i].len;
		msg[i].msg_hdr.msg_iov = iov[i];
		msg[i].msg_hdr.msg_iovlen = 2;
	}
	while (done < n) {
		sent = sendmmsg(fd, msg + done, n - done, 0);
		if (sent > 0) {
			done += sent;
			continue;
		}
		/* too long, or a header for offloads that makes no sense */
		shared->refused++;
		done++;
	}
}

/* Good packets to both users, until they arrive: then all before them has. If
 * @both, every frame has one for each of them, and is to be taken apart.
 */
static void synchronise(int fd, uint32_t number, bool both)
{
	const struct timespec pace = { .tv_nsec = 1000000 };
	static struct frame f;
	time_t end = time(NULL) + 30;
	unsigned int i, turn;
	uint64_t refused;

	for (i = 0; i < 2; i++) {
		for (turn = 0; __atomic_load_n(&shared->synced[i],
					       __ATOMIC_ACQUIRE) != number; turn++) {
			if (time(NULL) > end) {
				finding(-1, both ? "user %u does not get what was put together" :
					"user %u gets nothing any more", i);
				return;
			}
			if (turn % 200) {
				nanosleep(&pace, NULL);
				continue;
			}
			make_sync(&f, i ? USER_B : USER_A, number, both);
			refused = shared->refused;
			send_parts(fd, f.part, 1);
			if (both && refused != shared->refused)
				return; /* this kernel does not take them */
		}
	}
}

static void send_all(void)
{
	static struct frame frames[BATCH];
	static struct part parts[BATCH * PARTS];
	int fd = packet_socket(0), one = 1, size = 32 << 20;
	unsigned int i, k, n;
	uint64_t index = 0;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one))) {
		perror("PACKET_VNET_HDR");
		exit(6);
	}
	synchronise(fd, 1, false);
	synchronise(fd, 2, true);
	while (index < count && !shared->findings) {
		for (i = 0, n = 0; i < BATCH && index < count; i++, index++) {
			make_frame(&frames[i], index);
			shared->owner[index] = frames[i].owner;
			for (k = 0; k < frames[i].n; k++)
				parts[n++] = frames[i].part[k];
		}
		__atomic_store_n(&shared->sent, index, __ATOMIC_RELEASE);
		if (index % PER_TURN < BATCH)
			turn_next(&shared->turns);
		send_parts(fd, parts, n);
		if (index % WINDOW < BATCH)
			synchronise(fd, 3 + index / WINDOW, false);
		if (index % 50000 < BATCH) {
			printf("%ju frames\n", (uintmax_t)index);
			fflush(stdout);
		}
	}
	synchronise(fd, 4 + index / WINDOW, false);
	synchronise(fd, 5 + index / WINDOW, true);
}

static void lower_mac(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY);
	struct ifreq ifr = { 0 };
	int sk;

	enter(node);
	sk = socket(AF_INET, SOCK_DGRAM, 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", lower);
	if (ioctl(sk, SIOCGIFHWADDR, &ifr)) {
		perror(lower);
		exit(6);
	}
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	close(sk);
	if (setns(fd, 0))
		exit(6);
	close(fd);
}

static void await_ready(int n)
{
	const struct timespec pace = { .tv_nsec = 10000000 };
	time_t end = time(NULL) + 30;

	while (__atomic_load_n(&shared->ready, __ATOMIC_RELAXED) < n) {
		if (time(NULL) > end) {
			shared->stop = 1;
			fprintf(stderr, "not all are ready\n");
			exit(6);
		}
		nanosleep(&pace, NULL);
	}
}

static pid_t start(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		exit(6);
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

int main(int argc, char **argv)
{
	static struct frame frame;
	int64_t show = -1;
	unsigned int i, n = 0, mine = 0;
	time_t begun = time(NULL);
	pid_t pids[5];
	int opt, status;

	seed = begun;
	while ((opt = getopt(argc, argv, "s:n:x:")) != -1) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			count = strtoull(optarg, NULL, 0);
		else if (opt == 'x')
			show = strtoll(optarg, NULL, 0);
		else
			return 6;
	}
	if (argc - optind != 4 || count > POISON) {
		fprintf(stderr, "see the comment at the top of uvn_fuzz_rx.c\n");
		return 6;
	}
	node = argv[optind];
	wire = argv[optind + 1];
	device = argv[optind + 2];
	lower = argv[optind + 3];
	lower_mac();
	if (show >= 0) {
		make_frame(&frame, show);
		for (i = 0; i < frame.n; i++)
			print_hex(frame.part[i].data, frame.part[i].len);
		return 0;
	}
	shared = mmap(NULL, sizeof(*shared) + count, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 6;
	printf("seed %ju\n", (uintmax_t)seed);

	/* The system's come last: its raw sockets want the users' VRFs. */
	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[n++] = start();
		if (pids[i])
			;
		else if (i == 0)
			listen_all(TO_A, USER_A);
		else if (i == 1)
			listen_all(TO_B, USER_B);
		else if (i == 2)
			listen_all(TO_SYSTEM, 0);
		else if (i == 3)
			watch_wire();
		else
			remove_networks();
		if (!pids[i])
			exit(0);
		await_ready(i + 1);
	}
	send_all();
	shared->stop = 1;
	turn_next(&shared->turns);
	for (i = 0; i < n; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status)
			finding(-1, "process %u ended with %#x", i, status);
	for (i = 0; i < shared->sent; i++)
		mine += !!(shared->owner[i] & (TO_A | TO_B));
	printf("%u for users; got: A %ju, B %ju, the system %ju; errors: A %ju, B %ju; answers %ju; not sent %ju\n",
	       mine, (uintmax_t)shared->got[0], (uintmax_t)shared->got[1],
	       (uintmax_t)shared->got[2], (uintmax_t)shared->errors[0],
	       (uintmax_t)shared->errors[1], (uintmax_t)shared->answers,
	       (uintmax_t)shared->refused);
	for (i = 0; i < 3; i++)
		if (!shared->got[i])
			finding(-1, "listener %u got nothing at all", i);
	printf("%ju frames, %jd s, %d findings\n", (uintmax_t)shared->sent,
	       (intmax_t)(time(NULL) - begun), shared->findings);
	return !!shared->findings;
}
