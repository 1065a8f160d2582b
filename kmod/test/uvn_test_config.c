// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the configuration: ranges and VNIs, prefixes, subnets, pools.
 */
#include <kunit/test.h>
#include <linux/inet.h>
#include <linux/inetdevice.h>

#include "config/config.h"
#include "config/permit.h"
#include "socket/identity.h"
#include "test/uvn_test.h"

static int uvn_test_range(struct kunit *test, u32 first, u32 last, u32 vni)
{
	struct uvn_range range = { .first = first, .last = last, .vni = vni };

	return uvn_range_add(test->priv, &range, NULL);
}

/* "2001:db8::/64" or "10.0.0.0/8", even if it has host bits. */
static struct uvn_prefix uvn_test_prefix(struct kunit *test, const char *text)
{
	const char *slash = strchr(text, '/');
	struct uvn_prefix p = {};

	KUNIT_ASSERT_NOT_NULL(test, slash);
	KUNIT_ASSERT_EQ(test, kstrtou8(slash + 1, 10, &p.len), 0);
	p.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (p.family == AF_INET)
		KUNIT_ASSERT_EQ(test, in4_pton(text, slash - text,
					       (u8 *)&p.addr, -1, NULL), 1);
	else
		KUNIT_ASSERT_EQ(test, in6_pton(text, slash - text,
					       (u8 *)&p.addr, -1, NULL), 1);
	return p;
}

static const struct uvn_subnet *uvn_test_find(struct kunit *test,
					      const char *addr)
{
	struct uvn_prefix p = uvn_test_prefix(test, addr);

	return uvn_subnet_find(test->priv, p.family, &p.addr);
}

static int uvn_test_subnet(struct kunit *test, const char *prefix, u16 port)
{
	struct uvn_subnet subnet = {
		.prefix = uvn_test_prefix(test, prefix),
		.port = htons(port),
	};

	return uvn_subnet_add(test->priv, &subnet, NULL);
}

/**
 * uvn_test_range_limits - which ranges are refused for what they are
 * @test: the test
 */
void uvn_test_range_limits(struct kunit *test)
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

/**
 * uvn_test_range_overlap - ranges do not overlap
 * @test: the test
 */
void uvn_test_range_overlap(struct kunit *test)
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

/**
 * uvn_test_range_map - UIDs and VNIs as ranges map them
 * @test: the test
 */
void uvn_test_range_map(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;

	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1000, 59999, 1000), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 2000000000, 2000001000,
					     500000), 0);
	KUNIT_EXPECT_EQ(test, uvn_range_vni(cfg, 999), 0U);
	KUNIT_EXPECT_EQ(test, uvn_range_vni(cfg, 1000), 1000U);
	KUNIT_EXPECT_EQ(test, uvn_range_vni(cfg, 59999), 59999U);
	KUNIT_EXPECT_EQ(test, uvn_range_vni(cfg, 60000), 0U);
	KUNIT_EXPECT_EQ(test, uvn_range_vni(cfg, 2000000123), 500123U);
	KUNIT_EXPECT_EQ(test, uvn_range_vni(cfg, U32_MAX), 0U);
	KUNIT_EXPECT_EQ(test, uvn_range_uid(cfg, 999), 0U);
	KUNIT_EXPECT_EQ(test, uvn_range_uid(cfg, 59999), 59999U);
	KUNIT_EXPECT_EQ(test, uvn_range_uid(cfg, 60000), 0U);
	KUNIT_EXPECT_EQ(test, uvn_range_uid(cfg, 501000), 2000001000U);
	KUNIT_EXPECT_EQ(test, uvn_range_uid(cfg, 501001), 0U);
	KUNIT_EXPECT_EQ(test, uvn_range_uid(cfg, UVN_VNI_MAX), 0U);

	KUNIT_EXPECT_EQ(test, uvn_range_del(cfg, 1000, 59998, NULL),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, uvn_range_del(cfg, 1000, 59999, NULL), 0);
	KUNIT_EXPECT_EQ(test, uvn_range_vni(cfg, 1000), 0U);
	KUNIT_EXPECT_EQ(test, uvn_range_vni(cfg, 2000000000), 500000U);
}

static int uvn_test_subuid(struct kunit *test, u32 first, u32 last, u32 owner)
{
	struct uvn_subuid subuid = {
		.first = first,
		.last = last,
		.owner = owner,
	};

	return uvn_subuid_add(test->priv, &subuid, NULL);
}

/**
 * uvn_test_subuids - which subordinate UIDs are taken
 * @test: the test
 */
void uvn_test_subuids(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;

	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1000, 59999, 1000), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 0, 1, 1000), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 999, 999, 1000), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 70001, 70000, 1000), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 70000, U32_MAX, 1000),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 65535, 65535, 65535), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 59999, 60000, 1000), -EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 200000, 299999, 1001), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 100000, 199999, 1000), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 300000, 300000,
					      UVN_SUBUID_NOBODY), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 300000, 300001, 1000),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 70000, 70000, 200000),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 150000, 150000, 1), -EEXIST);
	KUNIT_EXPECT_EQ(test, cfg->n_subuids, 3U);
	KUNIT_EXPECT_EQ(test, cfg->subuids[0].first, 100000U);
	KUNIT_EXPECT_NULL(test, uvn_subuid_find(cfg, 99999));
	KUNIT_EXPECT_NULL(test, uvn_subuid_find(cfg, 300001));
	KUNIT_EXPECT_PTR_EQ(test, uvn_subuid_find(cfg, 100000), &cfg->subuids[0]);
	KUNIT_EXPECT_PTR_EQ(test, uvn_subuid_find(cfg, 199999), &cfg->subuids[0]);
	KUNIT_EXPECT_PTR_EQ(test, uvn_subuid_find(cfg, 200000), &cfg->subuids[1]);
	KUNIT_EXPECT_EQ(test, uvn_subuid_del(cfg, 200000, 299998, NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, uvn_subuid_del(cfg, 300001, 300001, NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, uvn_subuid_del(cfg, 200000, 299999, NULL), 0);
	KUNIT_EXPECT_NULL(test, uvn_subuid_find(cfg, 200000));
}

static enum uvn_identity uvn_test_whose(struct kunit *test, u32 uid, u32 *who)
{
	u32 vni;

	*who = uid;
	return uvn_identity_of(test->priv, who, &vni);
}

/**
 * uvn_test_identities - whose a UID is
 * @test: the test
 */
void uvn_test_identities(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;
	u32 who;

	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 500, 59999, 500), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 100000, 100009, 1000), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 100010, 100019, 100), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subuid(test, 100020, 100029, 60000), 0);
	cfg->unmatched = UVN_VERDICT_ALLOW;
	KUNIT_EXPECT_EQ(test, (int)uvn_test_whose(test, 499, &who),
			(int)UVN_IDENTITY_SYSTEM);
	KUNIT_EXPECT_EQ(test, (int)uvn_test_whose(test, 500, &who),
			(int)UVN_IDENTITY_USER);
	KUNIT_EXPECT_EQ(test, (int)uvn_test_whose(test, 60000, &who),
			(int)UVN_IDENTITY_SYSTEM);
	KUNIT_EXPECT_EQ(test, (int)uvn_test_whose(test, 100009, &who),
			(int)UVN_IDENTITY_USER);
	KUNIT_EXPECT_EQ(test, who, 1000U);
	KUNIT_EXPECT_EQ(test, (int)uvn_test_whose(test, 100010, &who),
			(int)UVN_IDENTITY_SYSTEM);
	KUNIT_EXPECT_EQ(test, (int)uvn_test_whose(test, 100020, &who),
			(int)UVN_IDENTITY_SYSTEM);
	KUNIT_EXPECT_EQ(test, (int)uvn_test_whose(test, 100030, &who),
			(int)UVN_IDENTITY_NOBODY);
	KUNIT_EXPECT_EQ(test, uvn_identity_reason(cfg, who),
			(u32)UVN_REASON_SUBORDINATE);
	KUNIT_EXPECT_EQ(test, (int)uvn_test_whose(test, 1879048192, &who),
			(int)UVN_IDENTITY_SYSTEM);
	cfg->unmatched = UVN_VERDICT_DENY;
	KUNIT_EXPECT_EQ(test, (int)uvn_test_whose(test, 100020, &who),
			(int)UVN_IDENTITY_NOBODY);
	KUNIT_EXPECT_EQ(test, who, 60000U);
	KUNIT_EXPECT_EQ(test, uvn_identity_reason(cfg, who),
			(u32)UVN_REASON_UNMATCHED);
}

static int uvn_test_check(struct kunit *test, const char *prefix)
{
	struct uvn_prefix p = uvn_test_prefix(test, prefix);

	return uvn_prefix_check(&p, NULL);
}

/**
 * uvn_test_prefix_check - which prefixes are refused
 * @test: the test
 */
void uvn_test_prefix_check(struct kunit *test)
{
	static const char *const good[] = {
		"10.0.0.0/8", "10.1.2.3/32", "128.0.0.0/1", "192.168.80.0/21",
		"2001:db8::/32", "2001:db8:80::/64", "2001:db8::1/128",
		"fd00::/8",
	};
	static const char *const bad[] = {
		"0.0.0.0/0", "10.0.0.0/33", "10.0.0.1/8", "127.0.0.0/8",
		"0.0.0.0/8", "239.0.0.0/8", "255.255.255.255/32",
		"::/0", "2001:db8::/129", "2001:db8::1/64", "::/64", "::1/128",
		"fe80::/64", "ff00::/8", "::ffff:10.0.0.0/104",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		KUNIT_EXPECT_EQ_MSG(test, uvn_test_check(test, good[i]), 0,
				    "%s", good[i]);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, uvn_test_check(test, bad[i]), -EINVAL,
				    "%s", bad[i]);
}

/**
 * uvn_test_prefix_relations - how two prefixes lie to each other
 * @test: the test
 */
void uvn_test_prefix_relations(struct kunit *test)
{
	/* b against a: same, covered by it, overlapping, listed before it */
	static const struct {
		const char *a, *b;
		bool same, covers, overlap, before;
	} cases[] = {
		{ "10.0.0.0/8", "10.0.0.0/8", true, true, true, false },
		{ "10.0.0.0/8", "10.1.0.0/16", false, true, true, false },
		{ "10.1.0.0/16", "10.0.0.0/8", false, false, true, true },
		{ "10.0.0.0/8", "11.0.0.0/8", false, false, false, false },
		{ "11.0.0.0/8", "9.0.0.0/8", false, false, false, true },
		{ "2001:db8::/32", "2001:db8::/32", true, true, true, false },
		{ "2001:db8::/32", "2001:db8:80::/64", false, true, true, false },
		{ "2001:db8:80::/64", "2001:db8::/32", false, false, true, true },
		{ "2001:db8:80::/64", "2001:db8:80:1::/64", false, false, false,
		  false },
		{ "2001:db8::/33", "2001:db8:8000::/33", false, false, false,
		  false },
		/* the same bits, of another family */
		{ "32.1.13.184/32", "2001:db8::/32", false, false, false, false },
		{ "2001:db8::/32", "32.1.13.184/32", false, false, false, true },
		{ "255.0.0.0/8", "::1/128", false, false, false, false },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct uvn_prefix a = uvn_test_prefix(test, cases[i].a);
		struct uvn_prefix b = uvn_test_prefix(test, cases[i].b);

		KUNIT_EXPECT_EQ_MSG(test, uvn_prefix_same(&a, &b),
				    cases[i].same, "%d", i);
		KUNIT_EXPECT_EQ_MSG(test, uvn_prefix_covers(&a, &b),
				    cases[i].covers, "%d", i);
		KUNIT_EXPECT_EQ_MSG(test, uvn_prefix_overlap(&a, &b),
				    cases[i].overlap, "%d", i);
		KUNIT_EXPECT_EQ_MSG(test, uvn_prefix_overlap(&b, &a),
				    cases[i].overlap, "%d", i);
		KUNIT_EXPECT_EQ_MSG(test, uvn_prefix_before(&b, &a),
				    cases[i].before, "%d", i);
	}
}

/**
 * uvn_test_prefix_print - prefixes as text
 * @test: the test
 */
void uvn_test_prefix_print(struct kunit *test)
{
	static const char *const texts[] = {
		"10.0.0.0/8", "255.255.255.255/32", "2001:db8:80::/64", "::/0",
		"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128",
	};
	char text[UVN_PREFIX_TEXT];
	int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct uvn_prefix p = uvn_test_prefix(test, texts[i]);

		KUNIT_EXPECT_STREQ(test, uvn_prefix_print(text, &p), texts[i]);
	}
}

/**
 * uvn_test_subnets - which subnets are taken, and found
 * @test: the test
 */
void uvn_test_subnets(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;
	const struct uvn_subnet *s;
	struct uvn_prefix p;

	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "10.0.0.1/8", 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "10.0.0.0/8", 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.80.0/21", 801), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.40.0/21", 802), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.80.0/21", 803),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.81.0/24", 803),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.0.0/16", 803),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.88.0/21", 801),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "10.1.2.3/32", 803), 0);
	/* A port is one subnet's, whatever the families. */
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "2001:db8:80::/64", 801),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "2001:db8:80::/64", 804),
			0);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "2001:db8::/32", 805),
			-EEXIST);
	KUNIT_ASSERT_EQ(test, cfg->n_subnets, 4U);
	KUNIT_EXPECT_EQ(test, cfg->subnets[0].prefix.len, 32);
	KUNIT_EXPECT_EQ(test, ntohs(cfg->subnets[2].port), 801);
	KUNIT_EXPECT_EQ(test, cfg->subnets[3].prefix.family, AF_INET6);

	s = uvn_test_find(test, "192.168.87.255/32");
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_EQ(test, ntohs(s->port), 801);
	s = uvn_test_find(test, "2001:db8:80::ffff/128");
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_EQ(test, ntohs(s->port), 804);
	KUNIT_EXPECT_NULL(test, uvn_test_find(test, "192.168.88.0/32"));
	KUNIT_EXPECT_NULL(test, uvn_test_find(test, "10.1.2.4/32"));
	KUNIT_EXPECT_NOT_NULL(test, uvn_test_find(test, "10.1.2.3/32"));
	KUNIT_EXPECT_NULL(test, uvn_test_find(test, "2001:db8:80:1::1/128"));
	KUNIT_EXPECT_TRUE(test, uvn_subnet_is_port(cfg, htons(802)));
	KUNIT_EXPECT_FALSE(test, uvn_subnet_is_port(cfg, htons(805)));
	p = uvn_test_prefix(test, "10.1.2.3/32");
	KUNIT_EXPECT_EQ(test, uvn_subnet_del(cfg, &p, NULL), 0);
	KUNIT_EXPECT_EQ(test, uvn_subnet_del(cfg, &p, NULL), -ENOENT);
	KUNIT_EXPECT_FALSE(test, uvn_subnet_is_port(cfg, htons(803)));
	KUNIT_EXPECT_TRUE(test, uvn_subnet_is_port(cfg, htons(801)));
}

static int uvn_test_pool(struct kunit *test, const char *prefix,
			 const char *snat)
{
	struct uvn_pool pool = { .prefix = uvn_test_prefix(test, prefix) };

	if (snat)
		pool.snat = uvn_test_prefix(test, snat).addr;
	return uvn_config_add_pool(test->priv, &pool, NULL);
}

/* What fails may leave a configuration of no more use: a copy, then. */
static int uvn_test_no_pool(struct kunit *test, const char *prefix,
			    const char *snat)
{
	struct uvn_config *keep = test->priv;
	int err;

	test->priv = uvn_config_clone(keep);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	err = uvn_test_pool(test, prefix, snat);
	uvn_config_free(test->priv);
	test->priv = keep;
	return err;
}

static int uvn_test_no_subnet(struct kunit *test, const char *prefix, u16 port)
{
	struct uvn_config *keep = test->priv;
	int err;

	test->priv = uvn_config_clone(keep);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	err = uvn_test_subnet(test, prefix, port);
	uvn_config_free(test->priv);
	test->priv = keep;
	return err;
}

/**
 * uvn_test_pools - which pools are taken, and found
 * @test: the test
 */
void uvn_test_pools(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;
	struct uvn_prefix p;

	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "192.168.80.0/21", 801), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "2001:db8:80::/64", 803),
			0);
	KUNIT_EXPECT_EQ(test, uvn_test_no_pool(test, "192.168.80.0/24", NULL),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_no_pool(test, "2001:db8:80::/64", NULL),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_pool(test, "100.64.0.0/10", NULL), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_no_pool(test, "100.64.0.0/16", NULL),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_no_pool(test, "fd00:64::/32", NULL),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_pool(test, "fd00:64::/64", NULL), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_no_pool(test, "10.1.0.0/16",
					       "100.64.0.1/32"), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_pool(test, "100.128.0.0/16",
					    "203.0.113.1/32"), 0);
	KUNIT_EXPECT_EQ(test, cfg->n_pools, 3U);

	p = uvn_test_prefix(test, "100.100.0.1/32");
	KUNIT_EXPECT_NOT_NULL(test, uvn_config_pool(cfg, p.family, &p.addr));
	p = uvn_test_prefix(test, "fd00:64::1/128");
	KUNIT_EXPECT_NOT_NULL(test, uvn_config_pool(cfg, p.family, &p.addr));
	p = uvn_test_prefix(test, "100.129.0.1/32");
	KUNIT_EXPECT_NULL(test, uvn_config_pool(cfg, p.family, &p.addr));
	/* Nor may a subnet be what is a pool already. */
	KUNIT_EXPECT_EQ(test, uvn_test_no_subnet(test, "100.64.1.0/24", 802),
			-EEXIST);
	p = uvn_test_prefix(test, "100.64.0.0/10");
	KUNIT_EXPECT_EQ(test, uvn_config_del_pool(cfg, &p, NULL), 0);
	KUNIT_EXPECT_EQ(test, uvn_config_del_pool(cfg, &p, NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "100.64.1.0/24", 802), 0);
}

static int uvn_test_direct(struct kunit *test, const char *prefix)
{
	struct uvn_prefix p = uvn_test_prefix(test, prefix);

	return uvn_config_add_direct(test->priv, &p, NULL);
}

/**
 * uvn_test_directs - which direct prefixes are taken
 * @test: the test
 */
void uvn_test_directs(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;
	struct uvn_prefix p;

	KUNIT_EXPECT_EQ(test, uvn_test_direct(test, "192.168.80.9/24"), -EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_direct(test, "192.168.80.9/32"), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_direct(test, "192.168.80.9/32"), -EEXIST);
	KUNIT_EXPECT_EQ(test, uvn_test_direct(test, "2001:db8:80::9/128"), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_direct(test, "2001:db8:80::/96"),
			-EEXIST);
	KUNIT_ASSERT_EQ(test, cfg->n_directs, 2U);
	KUNIT_EXPECT_EQ(test, cfg->directs[0].family, AF_INET);
	p = uvn_test_prefix(test, "2001:db8:80::9/128");
	KUNIT_EXPECT_EQ(test, uvn_config_del_direct(cfg, &p, NULL), 0);
	KUNIT_EXPECT_EQ(test, uvn_config_del_direct(cfg, &p, NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, cfg->n_directs, 1U);
}

static int uvn_test_transit(struct kunit *test, const char *prefix)
{
	struct uvn_prefix p = uvn_test_prefix(test, prefix);

	return uvn_config_add_transit(test->priv, &p, NULL);
}

/**
 * uvn_test_transits - which transit nodes are taken, and found
 * @test: the test
 */
void uvn_test_transits(struct kunit *test)
{
	struct uvn_config *cfg = test->priv;
	struct uvn_prefix p;

	KUNIT_EXPECT_EQ(test, uvn_test_transit(test, "192.168.84.9/24"),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, uvn_test_transit(test, "192.168.84.0/24"), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_transit(test, "192.168.84.0/25"),
			-EEXIST);
	p = uvn_test_prefix(test, "192.168.84.9/32");
	KUNIT_EXPECT_TRUE(test, uvn_config_transit(cfg, AF_INET, &p.addr));
	KUNIT_EXPECT_FALSE(test, uvn_config_transit(cfg, AF_INET6, &p.addr));
	KUNIT_EXPECT_EQ(test, uvn_config_del_transit(cfg, &p, NULL), -ENOENT);
	p = uvn_test_prefix(test, "192.168.84.0/24");
	KUNIT_EXPECT_EQ(test, uvn_config_del_transit(cfg, &p, NULL), 0);
	KUNIT_EXPECT_FALSE(test, uvn_config_transit(cfg, AF_INET, &p.addr));
}

/**
 * uvn_test_clone - a copy has what the original has
 * @test: the test
 */
void uvn_test_clone(struct kunit *test)
{
	struct uvn_config *copy;

	KUNIT_EXPECT_EQ(test, uvn_test_range(test, 1000, 1999, 1000), 0);
	KUNIT_EXPECT_EQ(test, uvn_test_subnet(test, "10.0.0.0/8", 801), 0);
	copy = uvn_config_clone(test->priv);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_EXPECT_TRUE(test, uvn_subnet_is_port(copy, htons(801)));
	KUNIT_EXPECT_TRUE(test, uvn_permit_family(copy, AF_UNIX));
	KUNIT_EXPECT_EQ(test, uvn_range_del(copy, 1000, 1999, NULL), 0);
	KUNIT_EXPECT_EQ(test, uvn_range_vni(copy, 1000), 0U);
	KUNIT_EXPECT_EQ(test, uvn_range_vni(test->priv, 1000), 1000U);
	uvn_config_free(copy);
}
