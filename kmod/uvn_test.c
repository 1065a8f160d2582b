// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what is pure logic: ranges and VNIs, prefixes, names. Built
 * into the module with UVN_KUNIT=1, for a kernel with CONFIG_KUNIT.
 */
#include <kunit/test.h>
#include <linux/inet.h>
#include <linux/inetdevice.h>
#include <net/sock.h>

#include "uvn.h"

static int uvn_test_init(struct kunit *test)
{
	test->priv = uvn_config_new();
	return test->priv ? 0 : -ENOMEM;
}

static void uvn_test_exit(struct kunit *test)
{
	uvn_config_free(test->priv);
}

static int uvn_test_range(struct kunit *test, u32 first, u32 last, u32 vni)
{
	struct uvn_range range = { .first = first, .last = last, .vni = vni };

	return uvn_config_add_range(test->priv, &range, NULL);
}

static int uvn_test_subnet(struct kunit *test, const char *prefix, u8 len,
			   u16 port)
{
	struct uvn_subnet subnet = {
		.prefix = {
			.addr.ip = in_aton(prefix),
			.family = AF_INET,
			.len = len,
		},
		.port = htons(port),
	};

	return uvn_config_add_subnet(test->priv, &subnet, NULL);
}

static void uvn_test_range_limits(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 0, 10, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 5, U32_MAX, 5), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 11, 10, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1, 10, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1, 2, UVN_VNI_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1, UVN_VNI_MAX + 1, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1, UVN_VNI_MAX, 1), 0);
}

static void uvn_test_range_overlap(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;

	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1000, 1999, 1000), 0);
	/* UIDs that touch, then VNIs that touch */
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1999, 3000, 5000), -EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 500, 1000, 5000), -EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 2000, 2999, 1999), -EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 2000, 2999, 1), -EEXIST);
	KUNIT_EXPECT_EQ(test, cfg->n_ranges, 1U);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 2000, 2999, 2000), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1, 999, 1), 0);
	KUNIT_EXPECT_EQ(test, cfg->ranges[0].first, 1U);
	KUNIT_EXPECT_EQ(test, cfg->ranges[2].first, 2000U);
}

static void uvn_test_range_map(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;

	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1000, 59999, 1000), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 2000000000, 2000001000,
					     500000), 0);
	KUNIT_EXPECT_EQ(test, uvn_config_vni(cfg, 999), 0U);
	KUNIT_EXPECT_EQ(test, uvn_config_vni(cfg, 1000), 1000U);
	KUNIT_EXPECT_EQ(test, uvn_config_vni(cfg, 59999), 59999U);
	KUNIT_EXPECT_EQ(test, uvn_config_vni(cfg, 60000), 0U);
	KUNIT_EXPECT_EQ(test, uvn_config_vni(cfg, 2000000123), 500123U);
	KUNIT_EXPECT_EQ(test, uvn_config_vni(cfg, U32_MAX), 0U);
	KUNIT_EXPECT_EQ(test, uvn_config_uid(cfg, 999), 0U);
	KUNIT_EXPECT_EQ(test, uvn_config_uid(cfg, 59999), 59999U);
	KUNIT_EXPECT_EQ(test, uvn_config_uid(cfg, 60000), 0U);
	KUNIT_EXPECT_EQ(test, uvn_config_uid(cfg, 501000), 2000001000U);
	KUNIT_EXPECT_EQ(test, uvn_config_uid(cfg, 501001), 0U);
	KUNIT_EXPECT_EQ(test, uvn_config_uid(cfg, UVN_VNI_MAX), 0U);

	KUNIT_EXPECT_EQ(test, uvn_config_del_range(cfg, 1000, 59998, NULL),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, uvn_config_del_range(cfg, 1000, 59999, NULL), 0);
	KUNIT_EXPECT_EQ(test, uvn_config_vni(cfg, 1000), 0U);
	KUNIT_EXPECT_EQ(test, uvn_config_vni(cfg, 2000000000), 500000U);
}

static void uvn_test_subnets(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;
	const struct uvn_subnet *s;

	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "0.0.0.0", 0, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "10.0.0.1", 8, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "127.0.0.0", 8, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "239.0.0.0", 8, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "10.0.0.0", 8, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.80.0", 21, 801),
			0);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.40.0", 21, 802),
			0);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.80.0", 21, 803),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.81.0", 24, 803),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.0.0", 16, 803),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.88.0", 21, 801),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "10.1.2.3", 32, 803), 0);
	KUNIT_ASSERT_EQ(test, cfg->n_subnets, 3U);
	KUNIT_EXPECT_EQ(test, cfg->subnets[0].len, 32);
	KUNIT_EXPECT_EQ(test, ntohs(cfg->subnets[2].port), 801);

	s = uvn_config_subnet(cfg, in_aton("192.168.87.255"));
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_EQ(test, ntohs(s->port), 801);
	KUNIT_EXPECT_NULL(test, uvn_config_subnet(cfg,
						  in_aton("192.168.88.0")));
	KUNIT_EXPECT_NULL(test, uvn_config_subnet(cfg, in_aton("10.1.2.4")));
	KUNIT_EXPECT_NOT_NULL(test, uvn_config_subnet(cfg,
						      in_aton("10.1.2.3")));
	KUNIT_EXPECT_TRUE(test, uvn_config_port(cfg, htons(802)));
	KUNIT_EXPECT_FALSE(test, uvn_config_port(cfg, htons(804)));
	KUNIT_EXPECT_EQ(test, uvn_config_del_subnet(cfg, in_aton("10.1.2.3"),
						    32, NULL), 0);
	KUNIT_EXPECT_FALSE(test, uvn_config_port(cfg, htons(803)));
	KUNIT_EXPECT_TRUE(test, uvn_config_port(cfg, htons(801)));
}

static void uvn_test_clone(struct kunit *test)
{
	struct uvn_config *copy;

	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1000, 1999, 1000), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "10.0.0.0", 8, 801), 0);
	copy = uvn_config_clone(test->priv);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_EXPECT_TRUE(test, uvn_config_port(copy, htons(801)));
	KUNIT_EXPECT_TRUE(test, uvn_permit_family(copy, AF_UNIX));
	KUNIT_EXPECT_EQ(test, uvn_config_del_range(copy, 1000, 1999, NULL), 0);
	KUNIT_EXPECT_EQ(test, uvn_config_vni(copy, 1000), 0U);
	KUNIT_EXPECT_EQ(test, uvn_config_vni(test->priv, 1000), 1000U);
	uvn_config_free(copy);
}

static void uvn_test_names(struct kunit *test)
{
	char name[IFNAMSIZ];

	uvn_network_vrf_name(name, 4294967294U);
	KUNIT_EXPECT_STREQ(test, name, "vrf4294967294");
	uvn_link_name(name, "em1", 1234, 1234, 2);
	KUNIT_EXPECT_STREQ(test, name, "em1u1234");
	uvn_link_name(name, "em1x", 2000000123, 500123, 2);
	KUNIT_EXPECT_STREQ(test, name, "em1xu2000000123");
	uvn_link_name(name, "em1xy", 2000000123, 500123, 2);
	KUNIT_EXPECT_STREQ(test, name, "");
	uvn_link_name(name, NULL, 2000000123, 500123, 2);
	KUNIT_EXPECT_STREQ(test, name, "u07a19b2");
	uvn_link_name(name, NULL, 4294967294U, UVN_VNI_MAX, INT_MAX);
	KUNIT_EXPECT_STREQ(test, name, "uffffff7fffffff");
}

static void uvn_test_mtu(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, uvn_link_mtu(1500), 1450);
	KUNIT_EXPECT_EQ(test, uvn_link_mtu(9000), 8950);
	KUNIT_EXPECT_EQ(test, uvn_link_mtu(2044), 1994);
	KUNIT_EXPECT_EQ(test, uvn_link_mtu(68), 68);
}

static void uvn_test_system_uids(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, uvn_identity_is_system_uid(0));
	KUNIT_EXPECT_TRUE(test, uvn_identity_is_system_uid(999));
	KUNIT_EXPECT_FALSE(test, uvn_identity_is_system_uid(1000));
	KUNIT_EXPECT_FALSE(test, uvn_identity_is_system_uid(61183));
	KUNIT_EXPECT_TRUE(test, uvn_identity_is_system_uid(61184));
	KUNIT_EXPECT_TRUE(test, uvn_identity_is_system_uid(65519));
	KUNIT_EXPECT_FALSE(test, uvn_identity_is_system_uid(65520));
	KUNIT_EXPECT_TRUE(test, uvn_identity_is_system_uid(65534));
	KUNIT_EXPECT_FALSE(test, uvn_identity_is_system_uid(65535));
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

static struct kunit_case uvn_test_cases[] = {
	KUNIT_CASE(uvn_test_range_limits),
	KUNIT_CASE(uvn_test_range_overlap),
	KUNIT_CASE(uvn_test_range_map),
	KUNIT_CASE(uvn_test_subnets),
	KUNIT_CASE(uvn_test_clone),
	KUNIT_CASE(uvn_test_names),
	KUNIT_CASE(uvn_test_mtu),
	KUNIT_CASE(uvn_test_system_uids),
	KUNIT_CASE(uvn_test_permit),
	{}
};

static struct kunit_suite uvn_test_suite = {
	.name = "uvn",
	.init = uvn_test_init,
	.exit = uvn_test_exit,
	.test_cases = uvn_test_cases,
};

kunit_test_suite(uvn_test_suite);
