// SPDX-License-Identifier: GPL-2.0
/*
 * Slurm's plugin: has the slurmstepd of each job step act for the job's user, so
 * that it reaches srun and other steps of that user, and nobody else does it.
 *
 * A step that cannot have that does not run. The output of a batch job is open
 * only when its user's part begins; the other steps fail at once, since what
 * slurmstepd opens for them, for MPI or X11, would be the system's.
 */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/uvn.h>
#include <slurm/slurm.h>
#include <slurm/spank.h>

SPANK_PLUGIN(uvn, 1);

/* The inode of the initial PID namespace: PROC_PID_INIT_INO of the kernel's. */
#define INITIAL_PIDS	0xeffffffc

/* Why the user's part of a batch job is not to begin; empty if it may. */
static char refusal[256];

/**
 * struct answer - what the module said
 * @error: errno, positive; 0 if it did what was asked
 * @text: its words about that; empty if it has none
 */
struct answer {
	int error;
	char text[sizeof(refusal) / 2];
};

static int on_error(struct sockaddr_nl *addr, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	int skip = NLMSG_ALIGN(sizeof(*err)), left;
	struct answer *answer = arg;
	struct nlattr *attr;

	(void)addr;
	answer->error = -err->error;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS && nlh->nlmsg_flags & NLM_F_CAPPED))
		return NL_STOP;
	nla_for_each_attr(attr, (struct nlattr *)((char *)err + skip),
			  nlmsg_datalen(nlh) - skip, left)
		if (nla_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(answer->text, sizeof(answer->text), "%.*s",
				 nla_len(attr), (const char *)nla_data(attr));
	return NL_STOP;
}

static int send_adopt(struct nl_sock *sock, int family, pid_t pid, uid_t uid)
{
	struct nl_msg *msg = nlmsg_alloc();
	int err = -NLE_NOMEM;

	if (msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0,
			       UVN_CMD_ADOPT_ADD, UVN_FAMILY_VERSION) &&
	    !nla_put_u32(msg, UVN_A_ADOPT_PID, pid) &&
	    !nla_put_u32(msg, UVN_A_ADOPT_UID, uid))
		err = nl_send_auto(sock, msg);
	nlmsg_free(msg);
	return err;
}

/* Returns an error of libnl's, with the module's own in *answer. */
static int adopt(struct nl_sock *sock, pid_t pid, uid_t uid, struct answer *answer)
{
	int err, family, fd, one = 1;

	err = genl_connect(sock);
	if (err < 0)
		return err;
	fd = nl_socket_get_fd(sock);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	family = genl_ctrl_resolve(sock, UVN_FAMILY_NAME);
	if (family == -NLE_OBJ_NOTFOUND)
		snprintf(answer->text, sizeof(answer->text),
			 "the module is not loaded");
	if (family < 0)
		return family;
	err = nl_socket_modify_err_cb(sock, NL_CB_CUSTOM, on_error, answer);
	if (err < 0)
		return err;
	err = send_adopt(sock, family, pid, uid);
	return err < 0 ? err : nl_wait_for_ack(sock);
}

/* The module looks PIDs up in the initial namespace, where one of another
 * namespace is somebody else's.
 */
static bool has_initial_pid(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == INITIAL_PIDS;
}

/* Whom the kernel takes for the system if no range has the UID. */
static bool is_system(uid_t uid)
{
	return uid <= UVN_SYSTEM_UID_LAST || uid == UVN_NOBODY_UID ||
	       (uid >= UVN_DYNAMIC_UID_FIRST && uid <= UVN_DYNAMIC_UID_LAST);
}

static bool act_for(uid_t uid)
{
	struct answer answer = { .error = 0 };
	struct nl_sock *sock;
	const char *why;
	int err;

	if (!uid)
		return true;
	if (!has_initial_pid()) {
		snprintf(refusal, sizeof(refusal),
			 "no network for UID %u: slurmd is in a PID namespace", uid);
		return false;
	}
	sock = nl_socket_alloc();
	err = sock ? adopt(sock, getpid(), uid, &answer) : -NLE_NOMEM;
	nl_socket_free(sock);
	if (err >= 0)
		return true;
	if (answer.error == ENOENT && is_system(uid))
		return true;

	why = nl_geterror(err);
	if (answer.error)
		why = strerror(answer.error);
	if (*answer.text)
		why = answer.text;
	snprintf(refusal, sizeof(refusal), "no network for UID %u: %s", uid, why);
	return false;
}

/**
 * slurm_spank_init - before slurmstepd opens anything for the step
 * @spank: the step
 * @ac: number of arguments in plugstack.conf
 * @av: the arguments; there are none
 *
 * Return: 0, or -1 if the step may not go on.
 */
int slurm_spank_init(spank_t spank, int ac, char **av)
{
	uint32_t step;
	uid_t uid;

	(void)ac;
	(void)av;
	if (spank_remote(spank) != 1)
		return 0;
	if (spank_get_item(spank, S_JOB_UID, &uid) != ESPANK_SUCCESS ||
	    spank_get_item(spank, S_JOB_STEPID, &step) != ESPANK_SUCCESS) {
		slurm_error("uvn: whose step this is cannot be told");
		return -1;
	}
	if (act_for(uid))
		return 0;
	slurm_error("uvn: %s", refusal);
	return step == SLURM_BATCH_SCRIPT ? 0 : -1;
}

/**
 * slurm_spank_user_init - when the output of the job is open
 * @spank: the step
 * @ac: number of arguments in plugstack.conf
 * @av: the arguments; there are none
 *
 * Return: 0, or -1 if the step may not go on.
 */
int slurm_spank_user_init(spank_t spank, int ac, char **av)
{
	(void)spank;
	(void)ac;
	(void)av;
	if (!*refusal)
		return 0;
	slurm_error("uvn: %s", refusal);
	return -1;
}
