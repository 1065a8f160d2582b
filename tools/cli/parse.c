// SPDX-License-Identifier: GPL-2.0
/*
 * Words to values. Strict, so that a word means one thing or is refused: no
 * signs, no blanks, no leading zeros (octal to some readers), no other bases.
 * All report what is wrong and return an exit status.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/uvn.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "lib/account.h"

/**
 * addr_size - bytes in an address
 * @family: AF_INET or AF_INET6
 */
size_t addr_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

/* The first @len bytes of @s, a part of @word, as a number. */
static int part_number(const char *word, const char *s, size_t len, const char *what,
		       uint32_t min, uint32_t max, uint32_t *num)
{
	uint64_t n = 0;
	size_t i;

	if (!len || strspn(s, "0123456789") < len)
		return misuse("\"%s\": %s must be a decimal number", word, what);
	if (len > 1 && *s == '0')
		return misuse("\"%s\": %s must not have leading zeros", word, what);

	/* Once above the limit the value no longer matters, so it cannot wrap. */
	for (i = 0; i < len && n <= max; i++)
		n = n * 10 + (s[i] - '0');
	if (n < min || n > max)
		return misuse("\"%s\": %s must be %u to %u", word, what, min, max);

	*num = n;
	return EXIT_OK;
}

/**
 * parse_number - parse a decimal number
 * @word: word
 * @what: what it is, for the report
 * @min: smallest value allowed
 * @max: largest value allowed
 * @num: set to the value
 */
int parse_number(const char *word, const char *what, uint32_t min, uint32_t max,
		 uint32_t *num)
{
	return part_number(word, word, strlen(word), what, min, max, num);
}

static int may_be_managed(const char *word, uint32_t uid)
{
	if (uid == 0)
		return misuse("\"%s\": UID 0 can never be managed", word);
	if (uid == UINT32_MAX)
		return misuse("\"%s\": %u is not a UID: it stands for none", word, uid);
	return EXIT_OK;
}

static int part_uid(const char *word, const char *s, size_t len, uint32_t *uid)
{
	int ret;

	ret = part_number(word, s, len, "a UID", 0, UINT32_MAX, uid);
	return ret ? ret : may_be_managed(word, *uid);
}

/* The UID of the user whose name is the first @len bytes of @s. */
static int named_uid(const char *word, const char *s, size_t len, uint32_t *uid)
{
	char *name = strndup(s, len);
	struct passwd *pw;
	int err;

	if (!name)
		die_oom();
	errno = 0;
	pw = len ? getpwnam(name) : NULL;
	err = errno;
	free(name);
	if (pw) {
		*uid = pw->pw_uid;
		return EXIT_OK;
	}
	/* A directory that does not answer has not said that there is none. */
	if (!user_is_none(err))
		return fail_errno(err, "\"%s\": its UID cannot be looked up: %s", word,
				  strerror(err));
	return misuse("\"%s\": neither a UID nor the name of a user", word);
}

/* Numbers first, whatever names there are. */
static int part_user(const char *word, const char *s, size_t len, uint32_t *uid)
{
	int ret;

	if (len && *s >= '0' && *s <= '9')
		return part_uid(word, s, len, uid);
	ret = named_uid(word, s, len, uid);
	return ret ? ret : may_be_managed(word, *uid);
}

/**
 * parse_uid - parse a UID that may be managed, or the name of its user
 * @word: word
 * @uid: set to the value
 */
int parse_uid(const char *word, uint32_t *uid)
{
	return part_user(word, word, strlen(word), uid);
}

/**
 * parse_any_uid - parse any UID, or the name of its user
 * @word: word
 * @uid: set to the value
 */
int parse_any_uid(const char *word, uint32_t *uid)
{
	if (*word >= '0' && *word <= '9')
		return parse_number(word, "a UID", 0, UINT32_MAX - 1, uid);
	return named_uid(word, word, strlen(word), uid);
}

static int part_port(const char *word, const char *s, size_t len, uint32_t *port)
{
	return part_number(word, s, len, "a port", 1, UINT16_MAX, port);
}

/* Two numbers that @part takes, with a separator between them. */
static int parse_pair(const char *word, const char *what, char separator,
		      const char *form,
		      int (*part)(const char *word, const char *s, size_t len,
				  uint32_t *num),
		      uint32_t *first, uint32_t *last)
{
	const char *at = strchr(word, separator);
	int ret;

	if (!at)
		return misuse("\"%s\": expected two %ss, %s", word, what, form);
	ret = part(word, word, at - word, first);
	return ret ? ret : part(word, at + 1, strlen(at + 1), last);
}

/* FIRST-LAST of such. */
static int parse_span(const char *word, const char *what,
		      int (*part)(const char *word, const char *s, size_t len,
				  uint32_t *num),
		      uint32_t *first, uint32_t *last)
{
	int ret;

	ret = parse_pair(word, what, '-', "FIRST-LAST", part, first, last);
	if (ret)
		return ret;
	if (*first > *last)
		return misuse("\"%s\": the first %s is above the last", word, what);
	return EXIT_OK;
}

/**
 * parse_uids - parse FIRST-LAST
 * @word: word
 * @first: set to the first UID
 * @last: set to the last UID
 */
int parse_uids(const char *word, uint32_t *first, uint32_t *last)
{
	return parse_span(word, "UID", part_uid, first, last);
}

/**
 * parse_two_uids - parse A,B
 * @word: word
 * @uids: set to the two
 */
int parse_two_uids(const char *word, uint32_t *uids)
{
	int ret;

	ret = parse_pair(word, "UID", ',', "A,B", part_user, &uids[0], &uids[1]);
	if (ret)
		return ret;
	if (uids[0] == uids[1])
		return misuse("\"%s\": the two UIDs are the same", word);
	return EXIT_OK;
}

/**
 * parse_ports - parse FIRST-LAST
 * @word: word
 * @first: set to the first port
 * @last: set to the last port
 */
int parse_ports(const char *word, uint32_t *first, uint32_t *last)
{
	return parse_span(word, "port", part_port, first, last);
}

/**
 * parse_port_or_ports - parse PORT or FIRST-LAST
 * @word: word
 * @first: set to the first port
 * @last: set to the last port
 */
int parse_port_or_ports(const char *word, uint32_t *first, uint32_t *last)
{
	int ret;

	if (strchr(word, '-'))
		return parse_ports(word, first, last);
	ret = part_port(word, word, strlen(word), first);
	*last = *first;
	return ret;
}

/**
 * prefix_clear - clear the bits that a prefix does not cover
 * @prefix: the prefix
 *
 * Return: true if any was set.
 */
bool prefix_clear(struct prefix *prefix)
{
	size_t size = addr_size(prefix->net.family), i;
	bool found = false;

	for (i = 0; i < size; i++) {
		int left = (int)prefix->len - (int)i * 8;
		uint8_t mask = left >= 8 ? 0xff : left <= 0 ? 0 : 0xff << (8 - left);

		found |= prefix->net.bytes[i] & ~mask;
		prefix->net.bytes[i] &= mask;
	}
	return found;
}

/* The first @len bytes of @s as an address; false if they are none. */
static bool part_address(const char *s, size_t len, struct address *addr)
{
	char text[INET6_ADDRSTRLEN];

	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	addr->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(addr->family, text, addr->bytes) == 1;
}

/**
 * parse_prefix - parse ADDRESS/LENGTH
 * @word: word
 * @prefix: set to the value
 */
int parse_prefix(const char *word, struct prefix *prefix)
{
	const char *slash = strchr(word, '/');
	char net[INET6_ADDRSTRLEN];
	uint32_t len;
	int ret;

	if (!part_address(word, slash ? (size_t)(slash - word) : strlen(word),
			  &prefix->net))
		return misuse("\"%s\": not an IPv4 or IPv6 prefix", word);
	if (!slash)
		return misuse("\"%s\": the prefix length is missing (ADDRESS/LENGTH)", word);

	ret = part_number(word, slash + 1, strlen(slash + 1), "the prefix length", 0,
			  addr_size(prefix->net.family) * 8, &len);
	if (ret)
		return ret;
	prefix->len = len;

	if (prefix_clear(prefix)) {
		inet_ntop(prefix->net.family, prefix->net.bytes, net, sizeof(net));
		return misuse("\"%s\": host bits are set (network is %s/%u)", word, net,
			      len);
	}
	return EXIT_OK;
}

/**
 * parse_any_address - parse an address of either family
 * @word: word, for the report
 * @text: the part of it that is the address
 * @addr: set to the address
 */
int parse_any_address(const char *word, const char *text, struct address *addr)
{
	return part_address(text, strlen(text), addr) ? EXIT_OK :
	       misuse("\"%s\": not an IP address", word);
}

/**
 * parse_address - parse an address of the family that a prefix has
 * @word: word
 * @what: what it is, for the report
 * @family: the family
 * @addr: set to the address
 */
int parse_address(const char *word, const char *what, int family,
		  struct address *addr)
{
	int ret;

	ret = parse_any_address(word, word, addr);
	if (ret)
		return ret;
	if (addr->family != family)
		return misuse("\"%s\": %s must be an %s address, as the prefix is",
			      word, what, family == AF_INET ? "IPv4" : "IPv6");
	return EXIT_OK;
}

/**
 * parse_group - parse a multicast address
 * @word: word
 * @family: the family that it must have
 * @addr: set to the address
 */
int parse_group(const char *word, int family, struct address *addr)
{
	int ret;

	ret = parse_address(word, "the group", family, addr);
	if (ret)
		return ret;
	if (family == AF_INET ? (addr->bytes[0] & 0xf0) != 0xe0 :
				addr->bytes[0] != 0xff)
		return misuse("\"%s\": not a multicast address (%s)", word,
			      family == AF_INET ? "224.0.0.0/4" : "ff00::/8");
	return EXIT_OK;
}
