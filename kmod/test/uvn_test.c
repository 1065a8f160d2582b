// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what is pure logic: the configuration (uvn_test_config.c) and names;
 * of the proof that functions are called, on what there is in every kernel; and of
 * waiting for tasks.
 * Built into the module with UVN_KUNIT=1, for a kernel with CONFIG_KUNIT.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/inetdevice.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "compat/text.h"
#include "config/config.h"
#include "config/permit.h"
#include "config/system-uid.h"
#include "core/user.h"
#include "socket/hook-set.h"
#include "socket/presence.h"
#include "test/uvn_test.h"
#include "underlay/encap.h"

static int uvn_test_init(struct kunit *test)
{
	test->priv = uvn_config_new();
	return test->priv ? 0 : -ENOMEM;
}

static void uvn_test_exit(struct kunit *test)
{
	uvn_config_free(test->priv);
}

static void uvn_test_names(struct kunit *test)
{
	char name[IFNAMSIZ];

	uvn_user_vrf_name(name, 4294967294U);
	KUNIT_EXPECT_STREQ(test, name, "vrf4294967294");
}

static void uvn_test_mtu(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, uvn_encap_mtu(1500, false), 1450U);
	KUNIT_EXPECT_EQ(test, uvn_encap_mtu(1500, true), 1430U);
	KUNIT_EXPECT_EQ(test, uvn_encap_mtu(9000, false), 8950U);
	KUNIT_EXPECT_EQ(test, uvn_encap_mtu(9000, true), 8930U);
	KUNIT_EXPECT_EQ(test, uvn_encap_mtu(2044, false), 1994U);
	KUNIT_EXPECT_EQ(test, uvn_encap_mtu(2044, true), 1974U);
	KUNIT_EXPECT_EQ(test, uvn_encap_mtu(68, false), 68U);
	KUNIT_EXPECT_EQ(test, uvn_encap_mtu(68, true), 68U);
}

static void uvn_test_system_uids(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, uvn_system_uid_is(0));
	KUNIT_EXPECT_TRUE(test, uvn_system_uid_is(999));
	KUNIT_EXPECT_FALSE(test, uvn_system_uid_is(1000));
	KUNIT_EXPECT_FALSE(test, uvn_system_uid_is(61183));
	KUNIT_EXPECT_TRUE(test, uvn_system_uid_is(61184));
	KUNIT_EXPECT_TRUE(test, uvn_system_uid_is(65519));
	KUNIT_EXPECT_FALSE(test, uvn_system_uid_is(65520));
	KUNIT_EXPECT_TRUE(test, uvn_system_uid_is(65534));
	KUNIT_EXPECT_FALSE(test, uvn_system_uid_is(65535));
}

static void uvn_test_permit(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;
	struct sock *sk = kunit_kzalloc(test, sizeof(*sk), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sk);
	sk->sk_protocol = IPPROTO_TCP;

	KUNIT_EXPECT_TRUE(test, uvn_permit_family(cfg, AF_INET6));
	KUNIT_EXPECT_FALSE(test, uvn_permit_family(cfg, AF_PACKET));
	KUNIT_EXPECT_FALSE(test, uvn_permit_family(cfg, -1));
	KUNIT_EXPECT_FALSE(test, uvn_permit_family(cfg, UVN_FAMILIES));
	KUNIT_EXPECT_TRUE(test, uvn_permit_protocol(cfg, sk, SOCK_STREAM, 0));
	KUNIT_EXPECT_TRUE(test, uvn_permit_protocol(cfg, sk, SOCK_STREAM,
						    IPPROTO_TCP));
	/* asked for as one thing, made as another */
	KUNIT_EXPECT_FALSE(test, uvn_permit_protocol(cfg, sk, SOCK_STREAM,
						     IPPROTO_MPTCP));
	sk->sk_protocol = IPPROTO_SCTP;
	KUNIT_EXPECT_FALSE(test, uvn_permit_protocol(cfg, sk, SOCK_STREAM, 0));
	KUNIT_EXPECT_TRUE(test, uvn_permit_protocol(cfg, sk, SOCK_RAW,
						    IPPROTO_SCTP));
	__clear_bit(IPPROTO_RAW, cfg->protocols);
	KUNIT_EXPECT_FALSE(test, uvn_permit_protocol(cfg, sk, SOCK_RAW,
						     IPPROTO_ICMP));
}

static void uvn_test_text(struct kunit *test)
{
	struct uvn_text fns[] = {
		{ .name = "do_accept" },
		{ .name = "security_socket_accept" },
		{ .name = "security_socket_bind" },
		{ .name = "uvn_is_no_function" },
	};

	KUNIT_ASSERT_EQ(test, uvn_text_find(fns, ARRAY_SIZE(fns)), 0);
	KUNIT_ASSERT_NE(test, fns[0].place, 0UL);
	KUNIT_EXPECT_LE(test, fns[0].entry, fns[0].place);
	KUNIT_EXPECT_LT(test, fns[0].place, fns[0].end);
	KUNIT_EXPECT_EQ(test, fns[3].place, 0UL);
	KUNIT_EXPECT_TRUE(test, uvn_text_calls(&fns[0], &fns[1]));
	KUNIT_EXPECT_FALSE(test, uvn_text_calls(&fns[0], &fns[2]));
	KUNIT_EXPECT_FALSE(test, uvn_text_calls(&fns[1], &fns[0]));
	/* in the middle of it is no call of it */
	fns[1].entry -= 16;
	fns[1].place -= 16;
	KUNIT_EXPECT_FALSE(test, uvn_text_calls(&fns[0], &fns[1]));
}

static int uvn_test_way(const char *symbol, const struct uvn_hook_way *ways,
			unsigned int n)
{
	unsigned long addr;
	struct uvn_hook hook = {
		.symbol = symbol,
		.addr = &addr,
		.ways = ways,
		.n_ways = n,
	};

	const struct uvn_hook_set set = { .hooks = &hook, .n = 1 };

	return uvn_hook_check(&set, NULL);
}

/* The first four are ways, the others are none. */
static const struct uvn_hook_way uvn_test_accepted[] = {
	UVN_WAY("do_accept"),
	UVN_WAY("uvn_is_no_function", "do_accept"),
	UVN_WAY("__sys_accept4", "__sys_accept4_file", "do_accept"),
	UVN_WAY_POINTER,
	UVN_WAY("uvn_is_no_function"),
	UVN_WAY("__sys_accept4", "__sys_listen"),
	UVN_WAY("__sys_listen", "do_accept"),
};

static void uvn_test_ways(struct kunit *test)
{
	const struct uvn_hook_way *ways = uvn_test_accepted;
	int i;

	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, uvn_test_way("security_socket_accept",
						   &ways[i], 1), 0);
	for (; i < ARRAY_SIZE(uvn_test_accepted); i++)
		KUNIT_EXPECT_EQ(test, uvn_test_way("security_socket_accept",
						   &ways[i], 1), -ENXIO);
	/* each must be proven, and there must be one */
	KUNIT_EXPECT_EQ(test, uvn_test_way("security_socket_accept", ways, 4),
			0);
	KUNIT_EXPECT_EQ(test, uvn_test_way("security_socket_accept", ways, 5),
			-ENXIO);
	KUNIT_EXPECT_EQ(test, uvn_test_way("security_socket_accept", ways, 0),
			-EINVAL);
	/* the call is one of another function */
	KUNIT_EXPECT_EQ(test, uvn_test_way("security_socket_bind", ways, 1),
			-ENXIO);
	KUNIT_EXPECT_EQ(test, uvn_test_way("uvn_is_no_function", &ways[3], 1),
			-ENOENT);
}

UVN_PRESENCE_DEFINE(uvn_test_presence);

static DECLARE_COMPLETION(uvn_test_waited);

static void uvn_test_wait(struct work_struct *work)
{
	uvn_presence_wait(&uvn_test_presence);
	complete(&uvn_test_waited);
}

static DECLARE_WORK(uvn_test_wait_work, uvn_test_wait);

/* Who was in it is waited for, and who comes meanwhile is not. */
static void uvn_test_present(struct kunit *test)
{
	unsigned int before, meanwhile, tries;

	before = uvn_presence_enter(&uvn_test_presence);
	schedule_work(&uvn_test_wait_work);
	for (tries = 0; READ_ONCE(uvn_test_presence.now) == before && tries < 600; tries++)
		msleep(100);
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&uvn_test_waited, HZ), 0UL);
	meanwhile = uvn_presence_enter(&uvn_test_presence);
	KUNIT_EXPECT_NE(test, before, meanwhile);
	uvn_presence_leave(&uvn_test_presence, before);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&uvn_test_waited, 60 * HZ),
			0UL);
	schedule_work(&uvn_test_wait_work);
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&uvn_test_waited, HZ), 0UL);
	uvn_presence_leave(&uvn_test_presence, meanwhile);
	flush_work(&uvn_test_wait_work);
}

static struct kunit_case uvn_test_cases[] = {
	KUNIT_CASE(uvn_test_range_limits),
	KUNIT_CASE(uvn_test_range_overlap),
	KUNIT_CASE(uvn_test_range_map),
	KUNIT_CASE(uvn_test_subuids),
	KUNIT_CASE(uvn_test_identities),
	KUNIT_CASE(uvn_test_prefix_check),
	KUNIT_CASE(uvn_test_prefix_relations),
	KUNIT_CASE(uvn_test_prefix_print),
	KUNIT_CASE(uvn_test_subnets),
	KUNIT_CASE(uvn_test_pools),
	KUNIT_CASE(uvn_test_directs),
	KUNIT_CASE(uvn_test_transits),
	KUNIT_CASE(uvn_test_clone),
	KUNIT_CASE(uvn_test_names),
	KUNIT_CASE(uvn_test_mtu),
	KUNIT_CASE(uvn_test_system_uids),
	KUNIT_CASE(uvn_test_permit),
	KUNIT_CASE(uvn_test_text),
	KUNIT_CASE(uvn_test_ways),
	KUNIT_CASE(uvn_test_present),
	{}
};

static struct kunit_suite uvn_test_suite = {
	.name = "uvn",
	.init = uvn_test_init,
	.exit = uvn_test_exit,
	.test_cases = uvn_test_cases,
};

kunit_test_suite(uvn_test_suite);
