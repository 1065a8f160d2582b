/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of "uvnadm verify" share.
 *
 * Each node that takes part is a site: a process of root's with an ear for
 * each role, a process that listens in every way and remembers the shots that
 * it hears. Mouths are processes on this node that fire shots.
 */
#ifndef VERIFY_H
#define VERIFY_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "uvnadm.h"

/* Whose sockets: of the first UID, of the second, of the system. */
enum party { FIRST, SECOND, SYSTEM, ROLES };

/* What an ear listens on; the two "same" ports are the same for all ears. */
enum ear_kind {
	EAR_TCP4, EAR_UDP4, EAR_TCP6, EAR_UDP6, EAR_TCP_SAME, EAR_UDP_SAME,
	EAR_STREAM, EAR_DGRAM, EAR_KINDS
};

/* The word of uvnadm by which a node takes part; no command for people. */
#define VERIFY_SERVE	"verify-serve"

/* The most that any process of a site or mouth lives, in seconds. */
#define VERIFY_LIFE	600

/* channel.c */

/**
 * struct line - lines of JSON to and from another process
 * @in: descriptor to read from
 * @out: descriptor to write to; may be the same
 * @buf: what was read and not used yet
 * @len: bytes of it
 */
struct line {
	int in;
	int out;
	char *buf;
	size_t len;
};

void line_init(struct line *line, int in, int out);
bool line_write(struct line *line, json_t *obj);
json_t *line_read(struct line *line, int64_t deadline);
void line_close(struct line *line);

/* task.c */
pid_t task_fork(enum party role, const uint32_t *uids, int keep);
void task_end(pid_t pid, int64_t deadline);

/* listener.c */

/**
 * struct ear - a process that listens
 * @pid: its process; 0 if there is none
 * @line: how it is spoken to
 */
struct ear {
	pid_t pid;
	struct line line;
};

/**
 * struct ear_way - a way to listen
 * @name: its name in messages
 * @family: AF_*
 * @type: SOCK_*
 * @same: the port is one that others have as well
 */
struct ear_way {
	const char *name;
	int family;
	int type;
	bool same;
};

/**
 * struct token - what is sent
 * @run: what tells this run of verify from all others
 * @shot: number of the shot, in network byte order
 */
struct token {
	char run[16];
	uint32_t shot;
};

extern const struct ear_way ear_ways[EAR_KINDS];
socklen_t ear_unix_name(struct sockaddr_un *un, const char *run, enum party role,
			enum ear_kind kind);
json_t *ear_start(struct ear *ear, enum party role, const uint32_t *uids,
		  const char *run, json_t *wish);
json_t *ear_heard(struct ear *ear);
void ear_stop(struct ear *ear);

/* node.c */

/**
 * struct site - a node that takes part, as the one that asks sees it
 * @name: what the node is called; NULL for this one
 * @pid: process that leads there
 * @line: how it is spoken to
 * @ears: for each role the port, or why there is none, of each way to listen
 * @networks: for each of the two UIDs its network there, as in "user show"
 * @status: the state of uvn there, as in "status"
 * @heard: for each role which shots it heard, an object with their numbers
 */
struct site {
	const char *name;
	pid_t pid;
	struct line line;
	json_t *ears;
	json_t *networks;
	json_t *status;
	json_t *heard[ROLES];
};

bool site_open(struct site *site, const char *host, const char *rsh,
	       const uint32_t *uids, const char *run, struct uvn_failure *why);
bool site_listen(struct site *site, struct uvn_failure *why);
bool site_has_heard(const struct site *site, enum party role, uint32_t shot);
void site_quiet(struct site *site);
bool site_close(struct site *site, struct uvn_failure *why);

/* serve.c */
int verify_serve(int in, int out);

/* attempt.c */
enum shot_how { HOW_PLAIN, HOW_PKTINFO, HOW_SCOPE, HOW_DEVICE, HOW_UNSPEC,
	HOW_UNSPEC_DEVICE, HOW_SOCKET, HOW_CONNECT };

/**
 * struct shot - one try to reach somebody
 * @check: row that it belongs to
 * @from: whose socket sends
 * @to: whose ear it is meant for
 * @site: 0 for this node, 1 for the peer
 * @arrives: it is to arrive
 * @how: how the socket is treated before, or what is said when sending
 * @family: of the socket
 * @type: of the socket
 * @protocol: of the socket
 * @ifindex: device that is named; 0 for none
 * @addr: where to
 * @addr_len: its length
 * @vxlan: the token goes in VXLAN made by hand
 * @vni: whose
 * @source: source address of what is in it
 * @port: destination port of what is in it
 * @err: errno, 0 if nothing was refused
 */
struct shot {
	size_t check;
	enum party from;
	enum party to;
	unsigned int site;
	bool arrives;
	enum shot_how how;
	int family;
	int type;
	int protocol;
	unsigned int ifindex;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	bool vxlan;
	uint32_t vni;
	struct address source;
	uint16_t port;
	int err;
};

/**
 * struct shots - all tries of a run
 * @shot: array of them; its index is the number of a shot
 * @n: number of them
 * @room: number that the array has room for
 * @run: what tells this run from others
 * @uids: the two
 */
struct shots {
	struct shot *shot;
	size_t n;
	size_t room;
	const char *run;
	const uint32_t *uids;
};

struct shot *shots_add(struct shots *shots);
bool shots_fire(struct shots *shots, bool (*wanted)(const struct shots *shots,
						    size_t i, void *arg),
		void *arg);

/* vxlan.c */
size_t packet_vxlan(uint8_t *buf, size_t room, const struct shot *shot,
		    const struct token *token);

/* expect.c */
bool config_says(json_t *config, const char *part, int number, const char *verdict);
bool config_refuses(json_t *config, int family, int type);
bool config_publishes(json_t *config, int type, unsigned int port);

/* matrix.c */

/**
 * struct check - what is reported as one
 * @name: what it is
 * @peer: it is about the other node
 * @by_errno: judged by what was refused, and not by what arrived
 * @missing: why it was not tried; NULL if it was
 * @fault: what is wrong before anything is tried; NULL if nothing is
 * @deaf: role that cannot listen for that reason; ROLES if that is not it
 */
struct check {
	const char *name;
	bool peer;
	bool by_errno;
	const char *missing;
	const char *fault;
	enum party deaf;
};

/**
 * struct trial - all that is tried, and where
 * @shots: what is tried
 * @checks: what it is tried for
 * @n_checks: number of them
 * @sites: this node, and the peer
 * @peer: there is a peer
 * @outside: host off the subnets, with its port; family 0 if there is none
 * @outside_len: its length
 * @config: the configuration
 */
struct trial {
	struct shots shots;
	struct check *checks;
	size_t n_checks;
	struct site sites[2];
	bool peer;
	struct sockaddr_storage outside;
	socklen_t outside_len;
	json_t *config;
};

void rows_expand(struct trial *trial);

/* target.c */

/**
 * struct place - an address of a network, and the link that has it
 * @addr: the address
 * @len: number of bits of its subnet
 * @link: the link, as in "user show"; NULL if none has it
 */
struct place {
	struct address addr;
	unsigned int len;
	json_t *link;
};

bool place_parse(const char *text, struct place *place);
bool place_is_near(const struct place *place, const struct address *addr);
json_t *place_links(const struct site *site, enum party role);
bool place_source(const struct site *here, const struct place *there,
		  struct address *source);

/* verdict.c */

/* What comes of a check. */
#define RESULT_OK		"ok"
#define RESULT_FAILED		"failed"
#define RESULT_NOT_TRIED	"not tried"

void report_add(json_t *report, const char *check, const char *node,
		const char *result, const char *detail);
bool judge_run(struct trial *trial, struct uvn_failure *why);
void judge_report(const struct trial *trial, json_t *report);

/* test-uids.c */
bool spare_has_process(uint32_t uid);
int spare_find(json_t *config, uint32_t *uids);
int spare_check(json_t *config, const uint32_t *uids);

#endif /* VERIFY_H */
