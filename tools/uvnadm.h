/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_H
#define UVNADM_H

#include <jansson.h>
#include <linux/inet_diag.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Exit statuses; functions that may fail return one of them. Of commands that
 * judge, failed is the judgement, and unknown that there is none.
 */
#define EXIT_OK		0
#define EXIT_FAILED	1
#define EXIT_USAGE	2
#define EXIT_UNKNOWN	3

/* The most values that one command takes. */
#define ARGS_MAX	6

/**
 * struct address - an IP address
 * @family: AF_INET or AF_INET6; 0 where none was given
 * @bytes: the address in network byte order, 4 or 16 bytes
 */
struct address {
	int family;
	uint8_t bytes[16];
};

/**
 * struct prefix - an address and how many of its bits count
 * @net: the address
 * @len: number of network bits
 */
struct prefix {
	struct address net;
	uint8_t len;
};

/**
 * struct item - one piece of configuration, as given in words
 * @part: which part it belongs to, and so what else counts
 * @prefix: of a subnet, pool or direct prefix
 * @setting: first attribute of the settings nest, and its value; the last one
 *	where the value is the first of two
 * @subnet: port 0 and no group where only the prefix was given
 * @range: vni_first 0 where it was not given
 * @cgnat: source address off the cluster
 * @permit: AF_* or IPPROTO_*, UVN_VERDICT_*
 * @publish: ports and their protocol; the prefix is who may connect
 * @subuid: owner SUBUID_NOBODY where none was given; or the file in which they
 *	stand, to be freed, which may be missing if it is optional
 */
struct item {
	const struct part *part;
	struct prefix prefix;
	union {
		struct {
			uint16_t attr;
			uint32_t value;
			uint32_t last;
		} setting;
		struct {
			uint16_t port;
			struct address group;
			bool unprivileged;
		} subnet;
		struct {
			uint32_t uid_first;
			uint32_t uid_last;
			uint32_t vni_first;
		} range;
		struct {
			struct address snat;
		} cgnat;
		struct {
			uint32_t number;
			uint32_t verdict;
		} permit;
		struct {
			uint8_t protocol;
			uint16_t first;
			uint16_t last;
		} publish;
		struct {
			uint32_t uid_first;
			uint32_t uid_last;
			uint32_t owner;
			char *from;
			bool optional;
		} subuid;
	};
};

/**
 * struct part - a part of the configuration: all items that are alike
 * @key: member of the configuration in JSON: an array, or one object if @single
 * @words: what the commands that add to it begin with
 * @attr: UVN_A_CONFIG_*
 * @single: its items go into one nest together, and make one object
 * @fields: members of an object
 * @optional: member that may be null; NULL if none
 * @cols: columns of the list; NULL if there is no list
 * @warn: says what is odd about an item that is to be added, but may be meant;
 *	NULL if nothing can be
 * @put: adds the attributes of an item to a message
 * @save: prints the commands that make an object
 * @name: prints by what del knows an object, for completion
 */
struct part {
	const char *key;
	const char *words;
	uint16_t attr;
	bool single;
	const struct attr_field *fields;
	const char *optional;
	const struct out_col *cols;
	void (*warn)(const struct item *item);
	int (*put)(struct nl_msg *msg, const struct item *item);
	void (*save)(const struct part *part, json_t *obj);
	void (*name)(json_t *obj);
};

/**
 * struct command - a row of the command table
 * @noun: first word
 * @verb: second word; NULL where the noun alone is the command
 * @args: syntax of what follows, see args.c
 * @help: one line
 * @run: carries the command out; @val has the values of @args in their order,
 *	NULL for those left out
 * @nlcmd: UVN_CMD_* for a @run that serves several commands
 * @part: the part of the configuration that it is about
 * @item: turns the values into a piece of configuration, or reports why not
 * @hint: prints what the first value may be, for completion
 * @hint_more: prints what the next value may be; @val has those before it
 * @judges: it says whether all is well, see health.c: what it cannot find out is
 *	unknown, and not a failure
 *
 * Usage, dispatch, completion and the commands of a configuration file all
 * come from the one table of these in main.c.
 */
struct command {
	const char *noun;
	const char *verb;
	const char *args;
	const char *help;
	int (*run)(const struct command *cmd, const char *const *val);
	uint8_t nlcmd;
	const struct part *part;
	int (*item)(const char *const *val, struct item *item);
	void (*hint)(const struct command *cmd);
	void (*hint_more)(const char *const *val);
	bool judges;
};

/* command.c: as main.c has them, terminated by a row without a noun */
extern const struct command *commands;

/* args.c */

/**
 * struct args_stop - where matching words against a syntax came to an end
 * @want: the syntax word that the next word would have to match; NULL if none
 * @want_len: its length
 * @option: the keywords of optional groups that could begin here
 * @option_len: their lengths
 * @options: number of them
 * @word: number of words that were matched
 */
struct args_stop {
	const char *want;
	size_t want_len;
	const char *option[ARGS_MAX];
	size_t option_len[ARGS_MAX];
	int options;
	int word;
};

bool args_walk(const char *syntax, int argc, char *const *argv, const char **val,
	       struct args_stop *stop);
bool args_is_value(const char *word, size_t len);
int args_match(const struct command *cmd, int argc, char *const *argv,
	       const char **val);

/* ask.c */
struct nl_sock;

struct uvn_failure;

/**
 * struct question - a question to the kernel
 * @msg: the message
 * @found: gets each message of the answer; may be NULL
 * @again: forgets those so far, as a dump has to be repeated; NULL if it is not to be
 * @arg: passed to both
 * @why: gets what the kernel says of a refusal besides its number; may be NULL
 */
struct question {
	struct nl_msg *msg;
	void (*found)(struct nlmsghdr *nlh, void *arg);
	void (*again)(void *arg);
	void *arg;
	struct uvn_failure *why;
};

struct nl_sock *ask_open(int protocol, int *err);
int ask(struct nl_sock *sock, const struct question *q);
int ask_rtnetlink(int type, const void *hdr, size_t len,
		  void (*found)(struct nlmsghdr *nlh, void *arg),
		  void (*again)(void *arg), void *arg);

/* command.c */
int command_find(int argc, char *const *argv, const struct command **cmd);

/* complete.c */
int complete(int argc, char *const *argv);

/* cmd_adopt.c */
int cmd_adopt(const struct command *cmd, const char *const *val);
int cmd_adopt_list(const struct command *cmd, const char *const *val);
void hint_adopt(const char *const *val);

/* cmd_cgnat.c */
extern const struct part cgnat_part;
int item_cgnat(const char *const *val, struct item *item);

/* cmd_config.c */
struct uvn_failure;

int cmd_config(const struct command *cmd, const char *const *val);
int cmd_config_list(const struct command *cmd, const char *const *val);
void hint_config(const struct command *cmd);

/* cmd_direct.c */
extern const struct part direct_part;
extern const struct part transit_part;

/* cmd_enable.c */
int cmd_enable(const struct command *cmd, const char *const *val);

/* doctor/doctor.c */
json_t *doctor_enable(void);
int cmd_doctor(const struct command *cmd, const char *const *val);

/* cmd_load.c */
json_t *item_object(const struct item *item);
bool item_is_default(const struct item *item);
int config_file(FILE *f, const char *name, const char *root, json_t **config);
int config_lines(FILE *f, const char *name,
		 void (*line)(const char *text, const struct item *item, void *arg),
		 void *arg);
int cmd_load(const struct command *cmd, const char *const *val);
void hint_file(const struct command *cmd);

/* cmd_monitor.c */
int cmd_monitor(const struct command *cmd, const char *const *val);

/* cmd_permit.c */
extern const struct part family_part;
extern const struct part protocol_part;
uint32_t permit_default(const struct item *item);
int item_family(const char *const *val, struct item *item);
int item_protocol(const char *const *val, struct item *item);
void hint_family(const struct command *cmd);
void hint_protocol(const struct command *cmd);

/* cmd_publish.c */
extern const struct part publish_part;
int item_publish(const char *const *val, struct item *item);
void hint_publish(const char *const *val);

/* cmd_range.c */
extern const struct part range_part;
int item_range(const char *const *val, struct item *item);
int item_range_add(const char *const *val, struct item *item);

/* cmd_save.c */
int cmd_save(const struct command *cmd, const char *const *val);

/* cmd_subuid.c */
struct subuid;

extern const struct part subuid_part;
int item_subuid(const char *const *val, struct item *item);
bool subuid_is_sync(const struct item *item);
int item_subuid_sync(const char *const *val, struct item *item);
void subuid_item(const struct subuid *s, struct item *item);
int cmd_subuid_sync(const struct command *cmd, const char *const *val);

/* cmd_set.c */
extern const struct part settings_part;
json_t *settings_default(void);
uint32_t verdict(const char *word);
json_t *attr_get_verdict(struct nlattr *attr, struct nlattr *head, int len);
int item_unmatched(const char *const *val, struct item *item);
int item_subordinate(const char *const *val, struct item *item);
int item_table_base(const char *const *val, struct item *item);
int item_audit(const char *const *val, struct item *item);
int item_nat_ports(const char *const *val, struct item *item);
int item_idle_timeout(const char *const *val, struct item *item);
int item_child_netns(const char *const *val, struct item *item);
int item_nat_flows(const char *const *val, struct item *item);

/* cmd_status.c */
int cmd_status(const struct command *cmd, const char *const *val);
int cmd_version(const struct command *cmd, const char *const *val);

/* cmd_subnet.c */
extern const struct part subnet_part;
int item_subnet(const char *const *val, struct item *item);

/* cmd_user.c */
bool user_remove(uint32_t uid, bool force, struct uvn_failure *why);
int cmd_user(const struct command *cmd, const char *const *val);
int cmd_user_list(const struct command *cmd, const char *const *val);
int cmd_user_show(const struct command *cmd, const char *const *val);
void hint_user(const struct command *cmd);

/* verify/verify.c */
int cmd_verify(const struct command *cmd, const char *const *val);
/* why/cmd_why.c */
int cmd_why(const struct command *cmd, const char *const *val);

/* account.c */
bool user_is_none(int error);
json_t *user_name(uint32_t uid);

/* clock.c */
int64_t clock_ms(void);

/* config.c: the parts as main.c has them, terminated by NULL */
extern const struct part *const *parts;
int item_make(const struct command *cmd, const char *const *val, struct item *item);
int item_put(struct nl_msg *msg, const struct item *item);
bool config_read(json_t **config, struct uvn_failure *why);
int config_get(json_t **config);
void config_print(json_t *config);

/* decode.c */

/**
 * struct attr_field - how one attribute becomes one member of a JSON object
 * @key: name of the member
 * @attr: attribute type; 0 if the member comes from elsewhere
 * @multi: the attribute may repeat: the member is an array
 * @get: makes the value; @head and @len are all the attributes beside @attr
 */
struct attr_field {
	const char *key;
	uint16_t attr;
	bool multi;
	json_t *(*get)(struct nlattr *attr, struct nlattr *head, int len);
};

json_t *attr_decode(struct nlattr *head, int len, const struct attr_field *fields);
json_t *attr_get_uint(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_bool(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_string(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_address(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_user(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_prefix(struct nlattr *addr, struct nlattr *plen);
json_t *attr_get_enum(struct nlattr *attr, const char *const *names, size_t n);

/* denial.c */
json_t *denial_operation(struct nlattr *attr, struct nlattr *head, int len);
json_t *denial_reason(struct nlattr *attr, struct nlattr *head, int len);
json_t *denial_counts(struct nlattr *head, int len, int type);

/* diag.c */

/* How often destroying is repeated while it does some good. */
#define DIAG_TRIES	10

/**
 * struct diag_sock - a socket as the kernel lists it
 * @protocol: IPPROTO_* of its table
 * @msg: what is said of it
 */
struct diag_sock {
	uint8_t protocol;
	struct inet_diag_msg msg;
};

bool diag_dump(void (*found)(const struct diag_sock *sk, void *arg), void *arg,
	       struct uvn_failure *why);
int diag_destroy(const struct diag_sock *sk);

/* diff.c */
bool diff_has(json_t *arr, json_t *obj);
json_t *diff_less(json_t *a, json_t *b);
void diff_print(json_t *gone, json_t *come);

/* held.c */
bool held_dump(bool (*is_wanted)(uint32_t uid, void *arg),
	       void (*found)(const struct diag_sock *sk, int fd, void *arg),
	       void *arg, struct uvn_failure *why);
void held_cut(const struct diag_sock *sk, int fd);

/* event.c */
json_t *event_new(json_t *kind, json_t *more);
json_t *event_decode(uint8_t cmd, struct nlattr *head, int len);

/* fail.c */

/**
 * struct where - what errors are about
 * @cmd: the command that runs, or NULL
 * @file: configuration file that is being read, or NULL
 * @line: line of it; 0 if none in particular
 * @line_cmd: the command in that line, or NULL
 */
struct where {
	const struct command *cmd;
	const char *file;
	unsigned long line;
	const struct command *line_cmd;
};

extern struct where where;

/* Where not NULL, the last report is kept there, to be freed, and not printed. */
extern char **out_held;

void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int fail_as(int status, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int fail_errno(int error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int fail_why(const struct uvn_failure *why);
int misuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int out_done(void);

/* failure.c */

/**
 * struct uvn_failure - why a request failed
 * @offset: offset of the bad attribute in the request; 0 if not known
 * @error: errno; 0 if there is none
 * @absent: the module is not loaded
 * @text: one line for the user
 */
struct uvn_failure {
	uint32_t offset;
	int error;
	bool absent;
	char text[512];
};

bool uvn_failed(struct uvn_failure *why, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* health.c */

/* How all is; the numbers are those that monitoring plugins exit with. */
enum health {
	HEALTH_OK,
	HEALTH_DEGRADED,
	HEALTH_NOT_ISOLATED,
	HEALTH_UNKNOWN,
};

extern bool health_nagios;
extern enum health health_told;

const char *health_name(enum health health);
int health_exit(enum health health);
int health_line(enum health health, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* help.c */
bool help_wanted(int argc, char *const *argv);
int help_words(const char *noun, const char *verb);
int cmd_help(const struct command *cmd, const char *const *val);
void hint_help(const struct command *cmd);
void hint_help_verb(const char *const *val);

/* listen.c */

/**
 * struct listener - who listens to the module's events
 * @event: gets each of them: UVN_CMD_*_NTF and its attributes
 * @sock: socket that they come by
 * @family: number of the module's family
 * @lost: how many events the kernel could not queue
 * @gone: the module was removed
 */
struct listener {
	void (*event)(uint8_t cmd, struct nlattr *head, int len);
	struct nl_sock *sock;
	int family;
	uint32_t lost;
	bool gone;
};

bool listen_open(struct listener *l, struct uvn_failure *why);
void listen_close(struct listener *l);
int listen_fd(const struct listener *l);
bool listen_take(struct listener *l, struct uvn_failure *why);
uint32_t listen_lost(struct listener *l);

/* nl.c */

/**
 * struct uvn_request - a request to the module
 * @cmd: UVN_CMD_*
 * @dump: ask for all objects
 * @room: bytes that @fill may need; 0 for a few attributes
 * @fill: puts the attributes; returns a negative libnl error; may be NULL
 * @reply: gets the attributes of each reply; may be NULL
 * @again: forgets the replies so far, as a dump has to be repeated
 * @arg: passed to the three
 */
struct uvn_request {
	uint8_t cmd;
	bool dump;
	size_t room;
	int (*fill)(struct nl_msg *msg, void *arg);
	void (*reply)(struct nlattr *head, int len, void *arg);
	void (*again)(void *arg);
	void *arg;
};

bool uvn_run(const struct uvn_request *req, struct uvn_failure *why);
int uvn_do(const struct uvn_request *req);
int uvn_family(struct uvn_failure *why);
int uvn_group(const char *owner, const char *name, struct uvn_failure *why);
void uvn_close(void);

/* names.c */

/**
 * struct name - what a family or protocol is called
 * @number: AF_* or IPPROTO_*
 * @name: the word; NULL ends a list
 */
struct name {
	uint32_t number;
	const char *name;
};

extern const struct name family_names[];
extern const struct name protocol_names[];

const char *name_of(const struct name *n, uint32_t number);
const struct name *name_find(const struct name *n, const char *word);
void names_print(const struct name *n);
json_t *attr_get_family(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_protocol(struct nlattr *attr, struct nlattr *head, int len);

/* out.c */

/**
 * struct out_col - a column of a text table
 * @head: heading
 * @key: member of the objects that it shows
 * @sub: member of the objects in the array @key; NULL to show @key itself
 */
struct out_col {
	const char *head;
	const char *key;
	const char *sub;
};

extern bool out_json;
extern bool out_quiet;
extern bool out_lines;

void die_oom(void) __attribute__((noreturn));
json_t *out_string(const char *s);
void out_put(json_t *obj, const char *key, json_t *val);
void out_append(json_t *arr, json_t *val);
void out_clean(char *s);
void out_text(char *text);
void out_word(json_t *val);
void out_value(json_t *val);
int out_object(json_t *obj);
void out_line(json_t *obj);
int out_table(json_t *arr, const struct out_col *cols);

/* parse.c */
int parse_number(const char *word, const char *what, uint32_t min, uint32_t max,
		 uint32_t *num);
int parse_uid(const char *word, uint32_t *uid);
int parse_any_uid(const char *word, uint32_t *uid);
int parse_uids(const char *word, uint32_t *first, uint32_t *last);
int parse_two_uids(const char *word, uint32_t *uids);
int parse_ports(const char *word, uint32_t *first, uint32_t *last);
int parse_port_or_ports(const char *word, uint32_t *first, uint32_t *last);
int parse_prefix(const char *word, struct prefix *prefix);
int parse_any_address(const char *word, const char *text, struct address *addr);
bool prefix_clear(struct prefix *prefix);
int parse_address(const char *word, const char *what, int family,
		  struct address *addr);
int parse_group(const char *word, int family, struct address *addr);
size_t addr_size(int family);

/* prefix.c */
bool prefix_has(const struct prefix *prefix, const struct address *addr);
int item_prefix(const char *const *val, struct item *item);
int address_put(struct nl_msg *msg, int type, const struct address *addr);
int prefix_put(struct nl_msg *msg, const struct item *item);
bool prefix_overlap(const struct prefix *a, const struct prefix *b);
json_t *prefix_get(struct nlattr *attr, struct nlattr *head, int len);
void prefix_save(const struct part *part, json_t *obj);
void prefix_name(json_t *obj);

/* rtnl.c */

/**
 * struct route_query - a packet whose route is asked for
 * @dst: destination
 * @src: source; no address if it is to be chosen
 * @uid: who sends it
 * @oif: device to leave by, or a VRF to look in; 0 if any
 * @protocol: IPPROTO_*, or 0
 * @port: destination port, or 0
 */
struct route_query {
	struct address dst;
	struct address src;
	uint32_t uid;
	int oif;
	uint8_t protocol;
	uint16_t port;
};

/**
 * struct route - a route
 * @error: errno of the look-up, 0 if there is a route
 * @type: RTN_*
 * @oif: ifindex of the device
 * @gateway: next hop; no address if there is none
 * @source: source that it has; no address if none
 * @mtu: of the path; 0 if it is the device's
 */
struct route {
	int error;
	int type;
	int oif;
	struct address gateway;
	struct address source;
	uint32_t mtu;
};

/**
 * struct device - a network device
 * @ifindex: its number
 * @name: its name
 * @mtu: in bytes
 */
struct device {
	int ifindex;
	char name[IFNAMSIZ];
	uint32_t mtu;
};

/**
 * struct local - an address of the node
 * @prefix: the address, with all its bits, and the length of its prefix
 * @ifindex: of its device
 * @scope: RT_SCOPE_*
 * @flags: IFA_F_*
 */
struct local {
	struct prefix prefix;
	int ifindex;
	uint8_t scope;
	uint32_t flags;
};

/**
 * struct addresses - the addresses of the node
 * @a: array of them
 * @n: number of them
 * @room: number that the array has room for
 */
struct addresses {
	struct local *a;
	size_t n;
	size_t room;
};

int route_get(const struct route_query *query, struct route *route);
int device_get(int ifindex, struct device *dev);
int addresses_get(struct addresses *all);

/* save_file.c */
int save_file(const char *path, json_t *config);

/* status.c */
json_t *status_decode(struct nlattr *head, int len);
json_t *status_read(struct uvn_failure *why);

/* stray.c */

/**
 * struct strays - sockets of managed users that are not in their network
 * @sk: array of them
 * @n: number of them
 * @room: number that the array has room for
 */
struct strays {
	struct diag_sock *sk;
	size_t n;
	size_t room;
};

bool strays_find(struct strays *strays, struct uvn_failure *why);
bool strays_cut(const struct strays *strays, struct uvn_failure *why);
bool strays_have(const struct strays *strays, const struct diag_sock *sk);
void strays_free(struct strays *strays);

/* subuid.c */

/* The owner of subordinate UIDs that nobody has. */
#define SUBUID_NOBODY	UINT32_MAX

/**
 * struct subuid - UIDs that are subordinate to another
 * @first: first UID
 * @last: last one
 * @owner: UID to whom they belong, or SUBUID_NOBODY
 * @line: of the file that they are from; 0 if they are from none
 * @start: offset of their attribute in a message
 */
struct subuid {
	uint32_t first;
	uint32_t last;
	uint32_t owner;
	unsigned long line;
	uint32_t start;
};

/**
 * struct subuids - all of them
 * @a: array of them
 * @n: number of them
 * @room: number that the array has room for
 */
struct subuids {
	struct subuid *a;
	size_t n;
	size_t room;
};

bool is_system_uid(uint32_t uid);
int subuids_read(const char *path, bool optional, struct subuids *all);
void subuids_of(json_t *config, struct subuids *all);
const struct subuid *subuids_find(const struct subuids *all, uint32_t first,
				  uint32_t last);
void subuids_spare(struct subuids *all, const char *path, uint32_t first,
		   uint32_t last);
void subuids_spare_ranges(struct subuids *all, const char *path, json_t *config);
void subuids_free(struct subuids *all);

/* users.c */
json_t *user_decode(struct nlattr *head, int len);
bool users_read(json_t *users, struct uvn_failure *why);

#endif /* UVNADM_H */
