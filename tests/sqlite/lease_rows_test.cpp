#include "leased_models.hpp"

#include "faults/child_process.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

const worker_id ann = worker("ann");
const worker_id ben = worker("ben");
const partition all{};

template <class Error>
std::string message_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& thrown) {
        return thrown.what();
    }
    return "nothing was thrown";
}

bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

std::vector<partition_claim> beat(lease_store& leases, const std::vector<partition_claim>& claims) {
    return leases.beat(claims);
}
void release(lease_store& leases, const partition_claim& claim) { leases.release({&claim, 1}); }

bool is_same(const partition_claim& one, const partition_claim& other) {
    return one.projection == other.projection && one.part == other.part && one.owner == other.owner &&
           one.epoch == other.epoch && one.revision == other.revision && one.position == other.position;
}

/// Makes a file of models in which the owner of the partition and a member are of a process that has ended.
void leave_behind(const std::filesystem::path& path, worker_id owner) {
    child_process gone{[&] {
        models_at there{path};
        auto notes = notes_projection();
        there.models.create(notes, {});
        (void)there.leases.claim("notes", all, owner);
        there.leases.enter("notes", owner);
    }};
    REQUIRE(gone.ends_well());
}

}  // namespace

TEST_CASE("claim: a partition without an owner becomes the worker's, under a new epoch") {
    leased_models world;
    const partition_state before = world.part();
    CHECK_FALSE(before.owner);
    const auto claim = world.here.leases.claim("notes", all, ann);
    REQUIRE(claim);
    CHECK(claim->projection == "notes");
    CHECK(claim->part == all);
    CHECK(claim->owner == ann);
    CHECK(claim->epoch == before.epoch + 1);
    CHECK(claim->revision == world.state().revision);
    CHECK(claim->position == global_position{0});
    CHECK(world.part().owner == ann);
    CHECK(world.part().epoch == claim->epoch);
    CHECK(world.part().beat == before.beat + 1);
    CHECK_FALSE(world.part().owner_ended);
    CHECK(world.is_good(*claim));
}

TEST_CASE("claim: it tells where the partition stands") {
    leased_models world;
    world.move(world.claim(ann), 7);
    CHECK(world.claim(ann).position == global_position{7});
}

TEST_CASE("claim: who claims what is his already has a new claim, and the old one is lost") {
    leased_models world;
    const partition_claim first = world.claim(ann);
    const partition_claim second = world.claim(ann);
    CHECK(second.epoch == first.epoch + 1);
    CHECK(world.is_good(second));
    CHECK_FALSE(world.is_good(first));
}

TEST_CASE("claim: another worker's is refused, and nothing changes") {
    leased_models world;
    const partition_claim mine = world.claim(ann);
    const partition_state before = world.part();
    CHECK_FALSE(world.here.leases.claim("notes", all, ben));
    CHECK(world.part().epoch == before.epoch);
    CHECK(world.part().beat == before.beat);
    CHECK(world.is_good(mine));
}

TEST_CASE("claim: a refused one waits for no writer") {
    leased_models world;
    (void)world.claim(ann);
    models_at other{world.path};
    const sqlite::write_lease held = world.here.file.lease_writer();
    CHECK_FALSE(other.leases.claim("notes", all, ben));
    CHECK_THROWS_AS((void)other.leases.claim("notes", all, ann), storage_error);  // this one has to write
}

TEST_CASE("claim: an owner that was not seen to live for as long as a lease lasts gives way") {
    leased_models world;
    const partition_claim old = world.claim(ann);
    const partition_state watched = world.part();
    const auto taken = world.here.leases.claim("notes", all, ben, watched);
    REQUIRE(taken);
    CHECK(taken->epoch == old.epoch + 1);
    CHECK(world.part().owner == ben);
    CHECK_FALSE(world.is_good(old));
}

TEST_CASE("claim: an owner that was seen to live keeps what it has") {
    leased_models world;
    const partition_claim mine = world.claim(ann);
    const partition_state watched = world.part();
    SUBCASE("by a beat") { CHECK(beat(world.here.leases, {mine}).size() == 1); }
    SUBCASE("by a batch") { world.move(mine, 1); }
    SUBCASE("by a new claim") { (void)world.claim(ann); }
    CHECK_FALSE(world.here.leases.claim("notes", all, ben, watched));
    CHECK(world.part().owner == ann);
}

TEST_CASE("claim: what was watched counts for the partition that it is") {
    leased_models world;
    world.here.leases.split("notes", all);
    const auto [low, high] = halves_of(all);
    (void)world.claim(ann, low);
    (void)world.claim(ann, high);
    CHECK_FALSE(world.here.leases.claim("notes", high, ben, world.part(0)));
    CHECK(world.here.leases.claim("notes", high, ben, world.part(1)));
}

TEST_CASE("claim: nobody in particular keeps no lease, and gives way to everyone") {
    leased_models world;
    const partition_claim first = world.claim(nobody);
    CHECK_FALSE(world.part().owner);
    CHECK(world.is_good(first));
    const partition_claim second = world.claim(nobody);
    CHECK_FALSE(world.is_good(first));
    const partition_claim third = world.claim(ann);
    CHECK_FALSE(world.is_good(second));
    CHECK(world.is_good(third));
    CHECK_FALSE(world.here.leases.claim("notes", all, nobody));
    CHECK_FALSE(world.here.leases.claim("notes", all, nobody, world.part()));
    release(world.here.leases, third);
    CHECK(world.here.leases.claim("notes", all, nobody));
}

TEST_CASE("claim: an owner whose process has certainly ended gives way at once") {
    const scratch_folder folder;
    leave_behind(folder / "models.db", ann);
    models_at here{folder / "models.db"};
    const partition_state left = here.models.find("notes")->partitions.at(0);
    CHECK(left.owner == ann);
    CHECK(left.owner_ended);
    worker_id next = ben;
    SUBCASE("to another") {}
    SUBCASE("to nobody in particular") { next = nobody; }
    const auto claim = here.leases.claim("notes", all, next);
    REQUIRE(claim);
    CHECK(claim->epoch == left.epoch + 1);
    CHECK_FALSE(here.models.find("notes")->partitions.at(0).owner_ended);
}

TEST_CASE("claim: there is none on a projection that is paused or not there, or on a part that is none of its") {
    leased_models world;
    CHECK_FALSE(world.here.leases.claim("other", all, ann));
    CHECK_FALSE(world.here.leases.claim("notes", halves_of(all).first, ann));
    world.here.models.pause("notes", true);
    CHECK_FALSE(world.here.leases.claim("notes", all, ann));
    CHECK_FALSE(world.here.leases.claim("notes", all, nobody));
    world.here.models.pause("notes", false);
    CHECK(world.here.leases.claim("notes", all, ann));
}

TEST_CASE("beat: it shows life of every claim that is good, and gives those as they were") {
    leased_models world;
    auto others = notes_projection("others");
    world.here.models.create(others, world.source);
    const partition_claim mine = world.claim(ann);
    const partition_claim second = world.here.leases.claim("others", all, ann).value();
    const std::uint64_t before = world.part().beat;
    world.move(mine, 5);  // in the middle of whose batches a beat comes is not known
    const auto good = beat(world.here.leases, {mine, second});
    REQUIRE(good.size() == 2);
    CHECK(is_same(good[0], mine));
    CHECK(is_same(good[1], second));
    CHECK(world.part().beat == before + 2);
    CHECK(world.part().position == global_position{5});
}

TEST_CASE("beat: a claim that is lost is not among those, and its owner is not helped by it") {
    leased_models world;
    auto others = notes_projection("others");
    world.here.models.create(others, world.source);
    const partition_claim good = world.here.leases.claim("others", all, ann).value();
    const partition_claim lost = world.claim(ann);
    SUBCASE("claimed by another") { REQUIRE(world.here.leases.claim("notes", all, ben, world.part())); }
    SUBCASE("claimed anew by the same one") { (void)world.claim(ann); }
    SUBCASE("given up") { release(world.here.leases, lost); }
    SUBCASE("paused") { world.here.models.pause("notes", true); }
    SUBCASE("paused and resumed") {
        world.here.models.pause("notes", true);
        world.here.models.pause("notes", false);
    }
    SUBCASE("split") { world.here.leases.split("notes", all); }
    SUBCASE("removed") { world.here.models.remove("notes"); }
    const auto beats = [&] {
        const auto found = world.here.models.find("notes");
        return found ? found->partitions.at(0).beat : 0;
    };
    const std::uint64_t before = beats();
    const auto left = beat(world.here.leases, {lost, good});
    REQUIRE(left.size() == 1);
    CHECK(left[0].projection == "others");
    CHECK(beats() == before);
}

TEST_CASE("beat, release: no claims are no reason to write") {
    leased_models world;
    models_at other{world.path};
    const sqlite::write_lease held = world.here.file.lease_writer();
    CHECK(beat(other.leases, {}).empty());
    CHECK_NOTHROW(other.leases.release({}));
}

TEST_CASE("release: the partition has no owner, and a transaction of its last one fails") {
    leased_models world;
    partition_claim mine;
    SUBCASE("a worker's") { mine = world.claim(ann); }
    SUBCASE("nobody's in particular") { mine = world.claim(nobody); }
    release(world.here.leases, mine);
    CHECK_FALSE(world.part().owner);
    CHECK_FALSE(world.is_good(mine));
    CHECK_THROWS_AS(world.move(mine, 3), claim_lost);
    CHECK(world.part().position == global_position{0});
    CHECK(world.here.leases.claim("notes", all, ben));
}

TEST_CASE("release: a claim that is lost is left alone") {
    leased_models world;
    const partition_claim lost = world.claim(ann);
    partition_claim present;
    SUBCASE("to another") { present = world.here.leases.claim("notes", all, ben, world.part()).value(); }
    SUBCASE("to the same worker") { present = world.claim(ann); }
    release(world.here.leases, lost);
    CHECK(world.part().owner == present.owner);
    CHECK(world.is_good(present));
}

TEST_CASE("members: who enters is there, and shows life by entering again") {
    leased_models world;
    lease_store& leases = world.here.leases;
    CHECK(leases.members("notes").empty());
    leases.enter("notes", ann);
    leases.enter("notes", ben);
    leases.enter("others", ann);
    leases.enter("notes", ann);
    const auto members = leases.members("notes");
    REQUIRE(members.size() == 2);
    const auto& first = members[0].worker == ann ? members[0] : members[1];
    const auto& second = members[0].worker == ann ? members[1] : members[0];
    CHECK(first.worker == ann);
    CHECK(first.beat == 2);
    CHECK(second.worker == ben);
    CHECK(second.beat == 1);
    CHECK_FALSE(first.ended);
}

TEST_CASE("members: who leaves is gone, for that projection") {
    leased_models world;
    lease_store& leases = world.here.leases;
    leases.enter("notes", ann);
    leases.enter("others", ann);
    leases.leave("notes", ann);
    leases.leave("notes", ben);
    CHECK(leases.members("notes").empty());
    CHECK(leases.members("others").size() == 1);
}

TEST_CASE("members: nobody in particular is none") {
    leased_models world;
    world.here.leases.enter("notes", nobody);
    CHECK(world.here.leases.members("notes").empty());
}

TEST_CASE("members: one whose process has ended is told") {
    const scratch_folder folder;
    leave_behind(folder / "models.db", ann);
    models_at here{folder / "models.db"};
    REQUIRE(here.leases.members("notes").size() == 1);
    CHECK(here.leases.members("notes")[0].ended);
    here.leases.enter("notes", ann);  // the worker lives in another process now
    CHECK_FALSE(here.leases.members("notes")[0].ended);
}

TEST_CASE("expel: a member goes if it has shown no life since") {
    leased_models world;
    lease_store& leases = world.here.leases;
    leases.enter("notes", ann);
    const foldline::worker_state seen = leases.members("notes").at(0);
    leases.enter("notes", ann);
    leases.expel("notes", seen);
    REQUIRE(leases.members("notes").size() == 1);
    leases.expel("notes", leases.members("notes")[0]);
    CHECK(leases.members("notes").empty());
}

TEST_CASE("split: both halves stand where the whole stood, without an owner, and claims are lost") {
    leased_models world;
    const partition_claim whole = world.claim(ann);
    world.move(whole, 9);
    const projection_state before = world.state();
    const partition_claim again = world.claim(ann);
    world.here.leases.split("notes", all);

    const projection_state after = world.state();
    REQUIRE(after.partitions.size() == 2);
    CHECK(after.revision == before.revision + 1);
    const auto [low, high] = halves_of(all);
    CHECK(after.partitions[0].part == low);
    CHECK(after.partitions[1].part == high);
    for (const partition_state& half : after.partitions) {
        CHECK(half.position == global_position{9});
        CHECK(half.reached == before.partitions[0].reached);
        CHECK(half.moved == before.partitions[0].moved);
        CHECK(half.epoch > again.epoch);
        CHECK_FALSE(half.owner);
    }
    CHECK_FALSE(world.is_good(again));
    CHECK(world.is_good(world.claim(ann, low)));
    CHECK(world.is_good(world.claim(ben, high)));
}

TEST_CASE("split: a half can be split again, and the other one stays as it is but for its claims") {
    leased_models world;
    world.here.leases.split("notes", all);
    const auto [low, high] = halves_of(all);
    const partition_claim other = world.claim(ben, high);
    world.here.leases.split("notes", low);
    REQUIRE(world.state().partitions.size() == 3);
    const auto found = world.here.leases.claim("notes", high, ben);
    REQUIRE(found);
    CHECK(found->epoch == other.epoch + 1);
    CHECK_FALSE(world.is_good(other));
}

TEST_CASE("split: a partition that is none of the projection's is refused, and the message names those that are") {
    leased_models world;
    const std::uint64_t before = world.state().revision;
    const auto [low, high] = halves_of(all);
    const auto refused = message_of<invalid_request>([&] { world.here.leases.split("notes", high); });
    CHECK(says(refused, "1/2"));
    CHECK(says(refused, "it has all"));
    CHECK(says(message_of<invalid_request>([&] { world.here.leases.split("others", all); }), "no rows"));
    CHECK(world.state().partitions.size() == 1);
    CHECK(world.state().revision == before);
}

TEST_CASE("merge: two halves become the whole again, which no claim from before the split is good for") {
    leased_models world;
    const partition_claim whole = world.claim(ann);
    world.move(whole, 4, timestamp{std::chrono::seconds{11}});
    const partition_claim again = world.claim(ann);
    world.here.leases.split("notes", all);
    const auto [low, high] = halves_of(all);
    partition_claim half = world.claim(ann, low);
    for (int round = 0; round < 3; ++round) half = world.claim(ann, low);
    const std::uint64_t revision = world.state().revision;
    SUBCASE("the first one first") { world.here.leases.merge("notes", low, high); }
    SUBCASE("the second one first") { world.here.leases.merge("notes", high, low); }

    REQUIRE(world.state().partitions.size() == 1);
    CHECK(world.part().part == all);
    CHECK(world.part().position == global_position{4});
    CHECK(world.part().reached == timestamp{std::chrono::seconds{11}});
    CHECK(world.part().epoch > half.epoch);
    CHECK(world.part().epoch > again.epoch);
    CHECK_FALSE(world.part().owner);
    CHECK(world.state().revision == revision + 1);
    CHECK_FALSE(world.is_good(again));
    CHECK_FALSE(world.is_good(half));
    CHECK(world.is_good(world.claim(ann)));
}

TEST_CASE("merge: halves that stand at two places are left alone, and the message tells both and what to do") {
    leased_models world;
    world.here.leases.split("notes", all);
    const auto [low, high] = halves_of(all);
    world.move(world.claim(ann, high), 12);
    world.move(world.claim(ann, low), 7);
    const partition_claim mine = world.claim(ann, low);
    const auto refused =
        message_of<invalid_request>([&, one = low, two = high] { world.here.leases.merge("notes", one, two); });
    CHECK(says(refused, "stand at 7 and 12"));
    CHECK(says(refused, "let 0/2 catch up"));
    CHECK(world.state().partitions.size() == 2);
    CHECK(world.is_good(mine));
    world.move(mine, 12);
    CHECK_NOTHROW(world.here.leases.merge("notes", low, high));
}

TEST_CASE("merge: what is no pair of halves of the projection is refused") {
    leased_models world;
    lease_store& leases = world.here.leases;
    const auto [low, high] = halves_of(all);
    CHECK_THROWS_AS(leases.merge("notes", low, high), invalid_request);  // it is not split
    leases.split("notes", all);
    CHECK_THROWS_AS(leases.merge("notes", low, low), invalid_request);
    leases.split("notes", low);
    CHECK_THROWS_AS(leases.merge("notes", low, high), invalid_request);
    CHECK_THROWS_AS(leases.merge("notes", halves_of(low).first, high), invalid_request);
    CHECK(world.state().partitions.size() == 3);
}

TEST_SUITE("threads") {
    TEST_CASE("claim: of many workers that ask at once, one has the partition") {
        leased_models world;
        constexpr int workers = 4;
        for (int round = 0; round < 20; ++round) {
            std::atomic<int> ready{0};
            std::vector<std::optional<partition_claim>> claims(workers);
            {
                std::vector<std::jthread> threads;
                for (int index = 0; index < workers; ++index)
                    threads.emplace_back([&, index] {
                        const worker_id mine = worker("worker " + std::to_string(index));
                        ++ready;
                        while (ready < workers) std::this_thread::yield();
                        claims[static_cast<std::size_t>(index)] = world.here.leases.claim("notes", all, mine);
                    });
            }
            const auto has = [](const auto& claim) { return claim.has_value(); };
            REQUIRE(std::count_if(claims.begin(), claims.end(), has) == 1);
            const partition_claim winner = **std::find_if(claims.begin(), claims.end(), has);
            CHECK(world.part().owner == winner.owner);
            CHECK(world.is_good(winner));
            release(world.here.leases, winner);
        }
    }
}
