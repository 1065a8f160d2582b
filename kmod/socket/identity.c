// SPDX-License-Identifier: GPL-2.0
/*
 * Whose network the current task uses.
 */
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "config/config.h"
#include "config/system-uid.h"
#include "socket/identity.h"

/**
 * uvn_identity_of - whose a UID is, in whatever user namespace it turns up
 * @cfg: the configuration
 * @uid: UID in the initial user namespace; of a subordinate one it becomes the
 *	owner's
 * @vni: set to the VNI of a user, else to 0
 *
 * A range says that its UIDs are somebody by themselves, so it comes first.
 *
 * Context: the caller keeps @cfg from being freed.
 */
enum uvn_identity uvn_identity_of(const struct uvn_config *cfg, u32 *uid,
				  u32 *vni)
{
	const struct uvn_subuid *sub;

	*vni = uvn_range_vni(cfg, *uid);
	if (*vni)
		return UVN_IDENTITY_USER;
	if (uvn_system_uid_is(*uid))
		return UVN_IDENTITY_SYSTEM;

	sub = uvn_subuid_find(cfg, *uid);
	if (sub) {
		if (sub->owner == UVN_SUBUID_NOBODY)
			return UVN_IDENTITY_NOBODY;
		*uid = sub->owner;
		*vni = uvn_range_vni(cfg, *uid);
		if (*vni)
			return UVN_IDENTITY_USER;
		if (uvn_system_uid_is(*uid))
			return UVN_IDENTITY_SYSTEM;
	}
	return cfg->unmatched == UVN_VERDICT_ALLOW &&
	       !uvn_subuid_is_given_out(cfg, *uid) ?
	       UVN_IDENTITY_SYSTEM : UVN_IDENTITY_NOBODY;
}

/**
 * uvn_identity_reason - why a UID gets no socket
 * @cfg: the configuration
 * @uid: what uvn_identity_of() set, with %UVN_IDENTITY_NOBODY
 *
 * Context: the caller keeps @cfg from being freed.
 */
u32 uvn_identity_reason(const struct uvn_config *cfg, u32 uid)
{
	return uvn_subuid_is_given_out(cfg, uid) ? UVN_REASON_SUBORDINATE :
						   UVN_REASON_UNMATCHED;
}

/* Who started the outermost of the user namespaces that the current task is in. */
static u32 uvn_identity_starter(void)
{
	const struct user_namespace *ns = current_user_ns();

	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	return from_kuid(&init_user_ns, ns->owner);
}

/* Is a UID known to be another's subordinate one? */
static bool uvn_identity_is_others(const struct uvn_config *cfg, u32 uid,
				   u32 who)
{
	const struct uvn_subuid *sub = uvn_subuid_find(cfg, uid);

	return sub && sub->owner != UVN_SUBUID_NOBODY && sub->owner != who;
}

/* A task in a child user namespace. It is the user's who started that, whatever
 * UIDs there are in it; but should one be another's, the two share what the task
 * does, and it is neither's. A namespace that the system started, such as a
 * setuid program or a service manager makes for a user, makes nobody system: the
 * UID itself counts.
 */
static noinline enum uvn_identity
uvn_identity_inside(const struct uvn_config *cfg, u32 *uid, u32 *vni)
{
	enum uvn_identity identity;
	u32 starter, starter_vni;

	starter = uvn_identity_starter();
	identity = uvn_identity_of(cfg, &starter, &starter_vni);
	if (identity == UVN_IDENTITY_SYSTEM)
		return uvn_identity_of(cfg, uid, vni);
	if (uvn_identity_is_others(cfg, *uid, starter))
		return UVN_IDENTITY_NOBODY;
	*uid = starter;
	*vni = starter_vni;
	return identity;
}

/**
 * uvn_identity - the identity of the current task
 * @cfg: the configuration
 * @uid: set to the UID that answers for the task
 * @vni: set to the VNI of a user, else to 0
 *
 * The real UID counts: a setuid program stays with its caller, and a daemon
 * that has only changed its effective UID stays system. Global root can be in a
 * user namespace by having entered it from outside only, since no unprivileged
 * one maps it.
 *
 * Context: task context; the caller keeps @cfg from being freed.
 */
enum uvn_identity uvn_identity(const struct uvn_config *cfg, u32 *uid, u32 *vni)
{
	/* What from_kuid() finds in the initial user namespace's map, which has all
	 * UIDs as themselves.
	 */
	*uid = __kuid_val(current_uid());
	*vni = 0;

	if (!*uid)
		return UVN_IDENTITY_SYSTEM;
	if (likely(current_user_ns() == &init_user_ns))
		return uvn_identity_of(cfg, uid, vni);
	return uvn_identity_inside(cfg, uid, vni);
}
