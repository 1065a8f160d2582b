// SPDX-License-Identifier: GPL-2.0
/*
 * Whose network the current task uses.
 */
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "uvn.h"

/**
 * uvn_identity_is_system_uid - is a UID system where no range holds it?
 * @uid: UID in the initial user namespace
 *
 * The distributions' static and dynamic system users, those that systemd
 * gives to services with DynamicUser=, and nobody.
 */
bool uvn_identity_is_system_uid(u32 uid)
{
	return uid < 1000 || (uid >= 61184 && uid <= 65519) || uid == 65534;
}

/* The UID that answers for the current task. In a child user namespace the
 * task's own UID may be a subordinate one, which means nothing outside; who
 * started the outermost such namespace is who it belongs to. Global root can
 * only be in there by having entered it from outside, since no unprivileged
 * namespace maps it. A namespace that a system UID owns, such as a setuid
 * program or a service manager makes for a user, makes nobody system.
 */
static u32 uvn_identity_uid(const struct uvn_config *cfg)
{
	const struct user_namespace *ns = current_user_ns();
	/* What from_kuid() finds in the initial user namespace's map, which has all
	 * UIDs as themselves.
	 */
	u32 uid = __kuid_val(current_uid());
	u32 owner;

	if (likely(ns == &init_user_ns) || !uid)
		return uid;
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	owner = from_kuid(&init_user_ns, ns->owner);
	if (!uvn_config_vni(cfg, owner) && uvn_config_vni(cfg, uid))
		return uid;
	return owner;
}

/**
 * uvn_identity - the identity of the current task
 * @cfg: the configuration
 * @uid: set to the UID that answers for the task
 * @vni: set to the VNI of a user, else to 0
 *
 * The real UID counts: a setuid program stays with its caller, and a daemon
 * that has only changed its effective UID stays system.
 *
 * Context: task context; the caller keeps @cfg from being freed.
 */
enum uvn_identity uvn_identity(const struct uvn_config *cfg, u32 *uid, u32 *vni)
{
	*uid = uvn_identity_uid(cfg);
	*vni = *uid ? uvn_config_vni(cfg, *uid) : 0;

	if (!*uid)
		return UVN_IDENTITY_SYSTEM;
	if (*vni)
		return UVN_IDENTITY_USER;
	if (uvn_identity_is_system_uid(*uid) ||
	    cfg->unmatched == UVN_VERDICT_ALLOW)
		return UVN_IDENTITY_SYSTEM;
	return UVN_IDENTITY_NOBODY;
}
