/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of uvn_attack share; see uvn_attack.c.
 */
#ifndef _UVN_ATTACK_H
#define _UVN_ATTACK_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

#define MARK		"uvn-attack:"	/* then the row's key, then ';' */
#define SECRET		"uvn-secret:"	/* then whose it is, then ';' */

/* The victim's ports; squatters have one each from PORT_SQUAT on. */
enum {
	PORT_UDP4 = 7001, PORT_UDP6, PORT_TCP4, PORT_TCP6, PORT_LITE,
	PORT_PING, PORT_FLOW, PORT_OTHER, PORT_NETLINK, PORT_SQUAT = 7100,
};

#define GROUP4		"239.1.2.3"
#define GROUP6		"ff02::77"

/* Of the attack under way. */
struct attack {
	const char *prefix;	/* of the rows' keys */
	unsigned int target;	/* number of the target's node */
	unsigned int here;	/* number of this node */
	unsigned int uid;	/* whose uid is the attacker's */
	unsigned int victim;	/* the victim's */
	unsigned int vni;	/* the victim's */
	int pid;		/* the victim's, if it is on this node */
	struct in6_addr ll;	/* link-local address of the target's em1 */
	const char *only;	/* rows whose names contain this, or NULL */
	int core;		/* only the rows of every way to have a socket */
};

/* A row: a technique. Returns 0 or an errno of what was refused. */
struct row {
	char name[96];
	int (*fn)(const struct row *row);
	int kind, how, dev, dst, load;
	int core;	/* of every way to come by a socket */
	int quick;	/* never waits */
	unsigned int slot;	/* of the sockets made beforehand */
	int pid;	/* who runs it */
};

extern struct attack attack;
extern char key[160];		/* what shows that this row got through */
extern char payload[16384];	/* with the key in it */
extern unsigned int payload_len;

/* uvn_attack.c */
struct row *row_new(void);
struct row *row_find(const char *name);
int new_socket(int family, int type, int protocol);
int dev_index(int dev);
struct in_addr node_addr(unsigned int node, int alt);
struct in6_addr node_addr6(unsigned int node, int alt);
int uring(int poller, int opcode, int fd, uint64_t off, void *addr, int len);

/* uvn_attack_rows.c */
void send_rows(void);

/* uvn_attack_send.c */
int send_row(const struct row *row);

/* uvn_attack_other.c */
void other_rows(void);
int families(void);

/* uvn_attack_watch.c */
int victim(const char *log);
int sniff(const char *log, char **devs);
int squat(const char *log, unsigned int victim_uid, const char *what);
int call(const char *who, char **addrs);
const char *unix_type_name(int type);
socklen_t unix_name(struct sockaddr_un *un, const char *name);

enum { KIND_UDP4, KIND_UDP6, KIND_MAP6, KIND_LITE, KIND_PING4, KIND_PING6,
	KIND_TCP4, KIND_TCP6, KIND_MAPTCP, KIND_RAW4, KIND_HDR4, KIND_RAW6 };

enum { DEV_NONE, DEV_VRF, DEV_LOWER, DEV_LO, DEV_OWNVRF, DEVS };

#endif
