// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel has, and whether the module can be loaded into it and is.
 */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "doctor/file.h"
#include "doctor/finding.h"
#include "doctor/kernel.h"
#include "doctor/state.h"

/* Its last bytes are those of a module that is signed. */
#define SIGNATURE	"~Module signature appended~\n"

/* The variable of the firmware: four bytes of attributes, then the value. */
#define SECURE_BOOT	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/**
 * struct need - something that the kernel should have
 * @name: an option without CONFIG_, or a module
 * @severity: how bad it is if it has not
 * @what: what does not work then
 */
struct need {
	const char *name;
	enum severity severity;
	const char *what;
};

static const struct need options[] = {
	{ "MODULES", ERROR, "uvn cannot be loaded" },
	{ "NET_L3_MASTER_DEV", ERROR, "users get no networks" },
	{ "IP_MULTIPLE_TABLES", ERROR, "users get no networks" },
	{ "NET_UDP_TUNNEL", ERROR, "uvn cannot be loaded" },
	{ "NETFILTER", ERROR, "uvn cannot be loaded" },
	{ "NETFILTER_INGRESS", ERROR, "uvn cannot be loaded" },
	{ "NF_CONNTRACK", ERROR, "uvn cannot be loaded" },
	{ "NF_NAT", ERROR, "uvn cannot be loaded" },
	{ "NF_SOCKET_IPV4", ERROR, "uvn cannot be loaded" },
	{ "NF_SOCKET_IPV6", ERROR, "uvn cannot be loaded" },
	{ "KPROBES", ERROR, "sockets cannot be intercepted" },
	{ "FUNCTION_TRACER", ERROR, "sockets cannot be intercepted" },
	{ "DYNAMIC_FTRACE", ERROR, "sockets cannot be intercepted" },
	{ "DYNAMIC_FTRACE_WITH_ARGS", ERROR, "sockets cannot be intercepted" },
	{ "SECURITY_NETWORK", ERROR, "sockets cannot be intercepted" },
	{ "INET_DIAG", WARNING, "it is not known which sockets a network has" },
	{ "INET_UDP_DIAG", WARNING, "it is not known which UDP sockets a network has" },
	{ "INET_DIAG_DESTROY", WARNING,
	  "\"enable --evict\" and \"user del --force\" destroy no sockets" },
	{ "INET_RAW_DIAG", NOTE, "it is not known which raw sockets a network has" },
	{}
};

static const struct need modules[] = {
	{ "udp_tunnel", ERROR, "uvn cannot be loaded" },
	{ "ip6_udp_tunnel", ERROR, "uvn cannot be loaded" },
	{ "nf_conntrack", ERROR, "uvn cannot be loaded" },
	{ "nf_nat", ERROR, "uvn cannot be loaded" },
	{ "nf_socket_ipv4", ERROR, "uvn cannot be loaded" },
	{ "nf_socket_ipv6", ERROR, "uvn cannot be loaded" },
	{ "inet_diag", WARNING, "it is not known which sockets a network has" },
	{ "tcp_diag", WARNING, "it is not known which TCP sockets a network has" },
	{ "udp_diag", WARNING, "it is not known which UDP sockets a network has" },
	{}
};

/**
 * doctor_privilege - may everything be seen?
 * @d: diagnosis
 */
void doctor_privilege(struct doctor *d)
{
	if (geteuid())
		cannot_tell(d, "not run by root: most of what may be wrong cannot be seen");
	else if (!d->may)
		cannot_tell(d, "run without CAP_NET_ADMIN: what belongs to users cannot be asked");
	else if (d->users_why)
		cannot_tell(d, "what belongs to users cannot be asked: %s", d->users_why);
}

static FILE *open_options(struct doctor *d)
{
	FILE *f = file_open(d, "/boot/config-%s", d->release) ?:
		  file_open(d, "/lib/modules/%s/config", d->release) ?:
		  file_open(d, "/lib/modules/%s/build/.config", d->release);

	if (f)
		told(d);
	return f;
}

/* Its number in a list, or that of the end. */
static size_t need_of(const struct need *list, const char *name)
{
	size_t i;

	for (i = 0; list[i].name && strcmp(list[i].name, name); i++)
		;
	return i;
}

/* Which options are there, built in or as modules. */
static void read_options(FILE *f, bool *has)
{
	char *line = NULL, *value;
	size_t size = 0;

	while (getline(&line, &size, f) >= 0) {
		value = strchr(line, '=');
		if (strncmp(line, "CONFIG_", 7) || !value ||
		    (value[1] != 'y' && value[1] != 'm'))
			continue;
		*value = '\0';
		has[need_of(options, line + 7)] = true;
	}
	free(line);
}

/**
 * doctor_kernel_options - has the kernel what uvn builds on?
 * @d: diagnosis
 *
 * Not told of a kernel that has a loaded uvn and no file of its options.
 */
void doctor_kernel_options(struct doctor *d)
{
	bool has[sizeof(options) / sizeof(*options)] = {};
	FILE *f = open_options(d);
	const struct need *need;

	if (!f) {
		if (d->status)
			told(d);
		if (d->status || !is_told(d))
			return;
		found(d, NOTE, NULL,
		      "the options of kernel %s cannot be read: there is no /boot/config-%s",
		      d->release, d->release);
		remedy(d, "put it there, if only for this check");
		return;
	}
	read_options(f, has);
	fclose(f);
	for (need = options; need->name; need++) {
		if (has[need - options])
			continue;
		found(d, need->severity, need->name, "kernel %s has no CONFIG_%s: %s",
		      d->release, need->name, need->what);
		remedy(d, "a kernel that has it");
	}
}

/* kernel/net/x-y.ko.xz -> x_y, in place. */
static char *module_name(char *path)
{
	char *name = basename(path), *end = strstr(name, ".ko"), *s;

	if (end)
		*end = '\0';
	for (s = name; *s; s++)
		if (*s == '-')
			*s = '_';
	return name;
}

/**
 * struct modules - the modules that a kernel has on disk
 * @has: which of those that uvn builds on
 * @uvn: the file of uvn, to be freed; NULL if there is none
 */
struct modules {
	bool has[sizeof(modules) / sizeof(*modules)];
	char *uvn;
};

static bool add_modules(struct modules *m, FILE *f)
{
	char *line = NULL, *path, *name;
	size_t size = 0;

	if (!f)
		return false;
	while (getline(&line, &size, f) >= 0) {
		line[strcspn(line, ":\n")] = '\0';
		path = strdup(line);
		if (!path)
			die_oom();
		name = module_name(line);
		m->has[need_of(modules, name)] = true;
		if (strcmp(name, "uvn")) {
			free(path);
			continue;
		}
		free(m->uvn);
		m->uvn = path;
	}
	free(line);
	fclose(f);
	return true;
}

/* False if the kernel has no list of them. */
static bool read_modules(struct doctor *d, struct modules *m)
{
	memset(m, 0, sizeof(*m));
	if (!add_modules(m, file_open(d, "/lib/modules/%s/modules.dep", d->release)))
		return false;
	add_modules(m, file_open(d, "/lib/modules/%s/modules.builtin", d->release));
	return true;
}

/**
 * doctor_modules - are the modules there that uvn builds on?
 * @d: diagnosis
 */
void doctor_modules(struct doctor *d)
{
	const struct need *need;
	struct modules m;

	if (!read_modules(d, &m)) {
		if (!is_told(d))
			return;
		found(d, WARNING, d->release,
		      "there is no /lib/modules/%s/modules.dep: no module can be found",
		      d->release);
		remedy(d, "install the kernel's modules, and depmod -a %s", d->release);
		return;
	}
	for (need = modules; need->name; need++) {
		if (m.has[need - modules] ||
		    file_is(d, "/sys/module/%s", need->name))
			continue;
		found(d, need->severity, need->name, "kernel %s has no module %s: %s",
		      d->release, need->name, need->what);
		remedy(d, "install all of the kernel's modules, and depmod -a %s",
		       d->release);
	}
	free(m.uvn);
}

/**
 * doctor_module - is uvn installed, loaded and enabled?
 * @d: diagnosis
 */
void doctor_module(struct doctor *d)
{
	struct modules m;

	if (d->enabled)
		return;
	if (d->status) {
		found(d, WARNING, NULL,
		      "uvn is not enabled in this network namespace: users are not isolated");
		remedy(d, "uvnadm enable, or systemctl start uvn");
		return;
	}
	if (!read_modules(d, &m) && !is_told(d))
		return;
	if (m.uvn) {
		found(d, WARNING, NULL, "the uvn module is not loaded: users are not isolated");
		remedy(d, "systemctl start uvn; or modprobe uvn, uvnadm load and enable");
	} else {
		found(d, ERROR, d->release, "uvn is not installed for kernel %s",
		      d->release);
		remedy(d, "dkms autoinstall -k %s, or make dkms-install in uvn's source",
		       d->release);
	}
	free(m.uvn);
}

/**
 * doctor_version - are module and tool of one version?
 * @d: diagnosis
 */
void doctor_version(struct doctor *d)
{
	const char *module = get_string(d->status, "version");

	if (!d->status || !strcmp(module, VERSION))
		return;
	found(d, WARNING, NULL, "the loaded module is version %s, uvnadm is %s", module,
	      VERSION);
	remedy(d, "on a drained node: systemctl stop uvn, rmmod uvn, systemctl start uvn");
}

static bool has_secure_boot(struct doctor *d)
{
	FILE *f = file_open(d, SECURE_BOOT);
	unsigned char var[5] = {};

	if (!f)
		return false;
	if (fread(var, 1, sizeof(var), f) != sizeof(var))
		var[4] = 0;
	fclose(f);
	return var[4] == 1;
}

/* Does the kernel refuse what is not signed? */
static bool wants_signature(struct doctor *d)
{
	char *lockdown = file_line(d, "/sys/kernel/security/lockdown");
	char *enforce = file_line(d, "/sys/module/module/parameters/sig_enforce");
	bool wants;

	wants = (lockdown && !strstr(lockdown, "[none]")) ||
		(enforce && *enforce == 'Y');
	free(lockdown);
	free(enforce);
	return wants;
}

static bool is_signed(FILE *f)
{
	char end[sizeof(SIGNATURE) - 1];

	return !fseek(f, -(long)sizeof(end), SEEK_END) &&
	       fread(end, 1, sizeof(end), f) == sizeof(end) &&
	       !memcmp(end, SIGNATURE, sizeof(end));
}

static void judge_file(struct doctor *d, const char *path, bool wanted)
{
	const char *dot = strrchr(path, '.') ?: "";
	FILE *f;

	if (strcmp(dot, ".ko")) {
		found(d, NOTE, path, "whether the module is signed cannot be told: %s is compressed",
		      path);
		remedy(d, "modinfo uvn: the field signer");
		return;
	}
	f = file_open(d, "%s%s%s%s", *path == '/' ? "" : "/lib/modules/",
		      *path == '/' ? "" : d->release, *path == '/' ? "" : "/", path);
	if (f && !is_signed(f)) {
		found(d, wanted ? ERROR : WARNING, path,
		      wanted ? "the module is not signed, and this kernel loads no such module" :
			       "the module is not signed, and this machine has Secure Boot");
		remedy(d, "enrol DKMS's key (mokutil --import) or sign it (scripts/sign-file)");
	}
	if (f)
		fclose(f);
}

/**
 * doctor_secure_boot - will the kernel take the module?
 * @d: diagnosis
 *
 * Whether the key of a signature is trusted is not known here.
 */
void doctor_secure_boot(struct doctor *d)
{
	bool wanted = wants_signature(d);
	struct modules m;
	char *taint;

	if (!wanted && !has_secure_boot(d))
		return;
	taint = file_line(d, "/sys/module/uvn/taint");
	if (!taint) {
		read_modules(d, &m);
		if (m.uvn)
			judge_file(d, m.uvn, wanted);
		free(m.uvn);
	} else if (strchr(taint, 'E')) {
		found(d, WARNING, NULL,
		      "the loaded module is not signed: the next kernel may refuse it, as Secure Boot is on");
		remedy(d, "enrol DKMS's key (mokutil --import) or sign it (scripts/sign-file)");
	}
	free(taint);
}
