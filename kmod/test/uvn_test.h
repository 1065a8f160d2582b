/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests that uvn_test.c runs and other files have.
 */
#ifndef _UVN_TEST_H
#define _UVN_TEST_H

struct kunit;

void uvn_test_range_limits(struct kunit *test);
void uvn_test_range_overlap(struct kunit *test);
void uvn_test_range_map(struct kunit *test);
void uvn_test_subuids(struct kunit *test);
void uvn_test_identities(struct kunit *test);
void uvn_test_prefix_check(struct kunit *test);
void uvn_test_prefix_relations(struct kunit *test);
void uvn_test_prefix_print(struct kunit *test);
void uvn_test_subnets(struct kunit *test);
void uvn_test_pools(struct kunit *test);
void uvn_test_directs(struct kunit *test);
void uvn_test_transits(struct kunit *test);
void uvn_test_clone(struct kunit *test);

#endif /* _UVN_TEST_H */
