// SPDX-License-Identifier: GPL-2.0
/*
 * What address families and internet protocols are called.
 */
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "lib/decode.h"
#include "lib/names.h"

/* AF_* in lower case, "-" for "_". Numbers, as only the kernel's own header has
 * all of them.
 */
const struct name family_names[] = {
	{ 1, "unix" }, { 2, "inet" }, { 3, "ax25" }, { 4, "ipx" },
	{ 5, "appletalk" }, { 6, "netrom" }, { 7, "bridge" }, { 8, "atmpvc" },
	{ 9, "x25" }, { 10, "inet6" }, { 11, "rose" }, { 12, "decnet" },
	{ 13, "netbeui" }, { 14, "security" }, { 15, "key" }, { 16, "netlink" },
	{ 17, "packet" }, { 18, "ash" }, { 19, "econet" }, { 20, "atmsvc" },
	{ 21, "rds" }, { 22, "sna" }, { 23, "irda" }, { 24, "pppox" },
	{ 25, "wanpipe" }, { 26, "llc" }, { 27, "ib" }, { 28, "mpls" },
	{ 29, "can" }, { 30, "tipc" }, { 31, "bluetooth" }, { 32, "iucv" },
	{ 33, "rxrpc" }, { 34, "isdn" }, { 35, "phonet" }, { 36, "ieee802154" },
	{ 37, "caif" }, { 38, "alg" }, { 39, "nfc" }, { 40, "vsock" },
	{ 41, "kcm" }, { 42, "qipcrtr" }, { 43, "smc" }, { 44, "xdp" },
	{ 45, "mctp" },
	{}
};

/* IPPROTO_* likewise, as far as Linux has sockets of them. Raw sockets are one,
 * whatever protocol they name.
 */
const struct name protocol_names[] = {
	{ 1, "icmp" }, { 6, "tcp" }, { 17, "udp" }, { 33, "dccp" },
	{ 58, "icmpv6" }, { 115, "l2tp" }, { 132, "sctp" }, { 136, "udplite" },
	{ 255, "raw" }, { 256, "smc" }, { 262, "mptcp" },
	{}
};

/**
 * name_of - the word for a number
 * @n: all words
 * @number: the number
 *
 * Return: the word, or NULL if it has none.
 */
const char *name_of(const struct name *n, uint32_t number)
{
	while (n->name && n->number != number)
		n++;
	return n->name;
}

/**
 * name_find - what a word stands for
 * @n: all words
 * @word: the word
 *
 * Return: it and its number, or NULL.
 */
const struct name *name_find(const struct name *n, const char *word)
{
	while (n->name && strcmp(n->name, word))
		n++;
	return n->name ? n : NULL;
}

/**
 * names_print - print all words, one a line
 * @n: the words
 */
void names_print(const struct name *n)
{
	for (; n->name; n++)
		puts(n->name);
}

static json_t *name_or_number(struct nlattr *attr, const struct name *n)
{
	const char *name = nla_len(attr) == 4 ? name_of(n, nla_get_u32(attr)) : NULL;

	return name ? out_string(name) : attr_get_uint(attr, NULL, 0);
}

/**
 * attr_get_family - name of an address family, or its number
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *attr_get_family(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return name_or_number(attr, family_names);
}

/**
 * attr_get_protocol - name of an internet protocol, or its number
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *attr_get_protocol(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return name_or_number(attr, protocol_names);
}
