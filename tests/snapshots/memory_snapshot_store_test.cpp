#include <foldline/snapshots/memory_snapshot_store.hpp>

#include <foldline/testing/snapshot_store_contract.hpp>
#include <foldline/testing/spec_failure.hpp>

#include <doctest/doctest.h>

using namespace foldline;

namespace {

/// Breaks one promise: it keeps them all.
class hoarding_snapshot_store final : public snapshot_store {
public:
    void save(const snapshot& taken, std::size_t) override { inner_.save(taken, 1'000'000); }
    [[nodiscard]] std::optional<found_snapshot> nearest(const snapshot_query& query) const override {
        return inner_.nearest(query);
    }
    void drop(const stream_id& stream, stream_version version) override { inner_.drop(stream, version); }
    void drop_all(const stream_id& stream) override { inner_.drop_all(stream); }

private:
    memory_snapshot_store inner_;
};

}  // namespace

TEST_CASE("memory_snapshot_store: it does what every snapshot store has to do") {
    CHECK_NOTHROW(testing::run_snapshot_store_contract([] { return std::make_unique<memory_snapshot_store>(); }));
}

TEST_CASE("snapshot_store_contract: a store that breaks a promise is told which one") {
    CHECK_THROWS_WITH_AS(
        testing::run_snapshot_store_contract([] { return std::make_unique<hoarding_snapshot_store>(); }),
        "save: only the latest are kept: expected the versions 40 30 20, latest first, found 40 30 20 10",
        testing::spec_failure);
}
