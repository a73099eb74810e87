#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace foldline;
using foldline::testing::sequential_ids;

TEST_CASE("sequential ids: are the same in every run") {
    sequential_ids ids;
    CHECK(ids.next().to_string() == "00000000-0000-8000-8000-000000000001");
    CHECK(ids.next().to_string() == "00000000-0000-8000-8000-000000000002");
    for (int i = 0; i < 300; ++i) (void)ids.next();
    CHECK(ids.next().to_string() == "00000000-0000-8000-8000-00000000012f");
}

TEST_CASE("sequential ids: families never meet") {
    sequential_ids one{0x12345678};
    sequential_ids two{2};
    CHECK(one.next().to_string() == "12345678-0000-8000-8000-000000000001");
    CHECK(two.next().to_string() == "00000002-0000-8000-8000-000000000001");
}

TEST_SUITE("threads") {
    TEST_CASE("sequential ids: threads never get the same one") {
        sequential_ids ids;
        std::mutex mutex;
        std::set<uuid> all;
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 4; ++i)
                threads.emplace_back([&] {
                    for (int n = 0; n < 500; ++n) {
                        const uuid id = ids.next();
                        std::scoped_lock lock{mutex};
                        all.insert(id);
                    }
                });
        }
        CHECK(all.size() == 2'000);
    }
}
