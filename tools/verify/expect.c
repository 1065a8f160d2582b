// SPDX-License-Identifier: GPL-2.0
/*
 * What the configuration says of sockets and ports: what an administrator has
 * decided otherwise is not for verify to complain of.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "verify/expect.h"

/**
 * config_says - is this the verdict on sockets of a family or protocol?
 * @config: the configuration
 * @part: "families" or "protocols"
 * @number: the family or protocol
 * @verdict: "allow" or "deny"
 */
bool config_says(json_t *config, const char *part, int number, const char *verdict)
{
	json_t *permit;
	size_t i;

	json_array_foreach(json_object_get(config, part), i, permit) {
		json_t *word = json_object_get(permit, "verdict");

		if (json_integer_value(json_object_get(permit, "number")) == number)
			return json_is_string(word) &&
			       !strcmp(json_string_value(word), verdict);
	}
	return false;
}

/**
 * config_refuses - do users get no such sockets?
 * @config: the configuration
 * @family: AF_*
 * @type: SOCK_STREAM or SOCK_DGRAM
 */
bool config_refuses(json_t *config, int family, int type)
{
	if (config_says(config, "families", family, "deny"))
		return true;
	return family != AF_UNIX &&
	       config_says(config, "protocols",
			   type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP, "deny");
}

/**
 * config_publishes - may hosts connect to users at this port?
 * @config: the configuration
 * @type: SOCK_STREAM or SOCK_DGRAM
 * @port: the port
 */
bool config_publishes(json_t *config, int type, unsigned int port)
{
	const char *wanted = type == SOCK_STREAM ? "tcp" : "udp";
	const char *protocol, *ports;
	unsigned int first, last;
	json_t *publish;
	size_t i;

	json_array_foreach(json_object_get(config, "publish"), i, publish) {
		protocol = json_string_value(json_object_get(publish, "protocol"));
		ports = json_string_value(json_object_get(publish, "ports"));
		if (protocol && ports && !strcmp(protocol, wanted) &&
		    sscanf(ports, "%u-%u", &first, &last) == 2 &&
		    port >= first && port <= last)
			return true;
	}
	return false;
}
