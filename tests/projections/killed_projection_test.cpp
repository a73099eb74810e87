// A process that projects or rebuilds is killed at moments nobody chose, again and again, on one file; whatever it left
// must be the rows of some position, and the checkpoint of just that one.

#include "faults/attack_line.hpp"
#include "support/sales.hpp"
#include "support/seed.hpp"

#include <foldline/projections/rebuild.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

constexpr int events = 60;

int kills_of_this_run() { return is_full_run() ? 1'000 : 60; }

/// The rows of every position.
std::vector<std::vector<std::string>> rows_by_position(const event_store& store) {
    model_file file;
    auto sales = sales_projection();
    projector projector{store, file.models(), sales, batch_limit{1}};
    std::vector<std::vector<std::string>> all{{}};
    while (static_cast<int>(all.size()) <= events) {
        projector.run_batch();
        all.push_back(sales_rows(file.models()));
    }
    return all;
}

using microseconds = std::chrono::microseconds;

/// Runs `work` in a process of its own. No file is open in this one meanwhile: SQLite does not survive a fork.
pid_t start(const std::function<void()>& work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child > 0) return child;
    try {
        work();
    } catch (...) {
        ::_exit(9);
    }
    ::_exit(0);
}

/// Whether the process had ended by itself, and not been killed.
bool ended_by_itself(pid_t child) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE_MESSAGE((WIFSIGNALED(status) || WEXITSTATUS(status) == 0), "the child failed");
    return WIFEXITED(status);
}

microseconds time_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(ended_by_itself(start(work)));
    return std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begin);
}

bool outlives(microseconds lifetime, const std::function<void()>& work) {
    const pid_t child = start(work);
    std::this_thread::sleep_for(lifetime);
    ::kill(child, SIGKILL);
    return ended_by_itself(child);
}

/// Moments in which a process that takes `whole` is at work.
class moments {
public:
    moments(microseconds whole, std::mt19937_64& random) : whole_(whole), random_(random) {}
    microseconds next() {
        return microseconds{std::uniform_int_distribution<std::int64_t>{0, whole_.count()}(random_)};
    }

private:
    microseconds whole_;
    std::mt19937_64& random_;
};

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("kill: rows and checkpoint of a killed projector are those of one position") {
        memory_world world;
        append_sales(world.store, events);
        const auto expected = rows_by_position(world.store);
        model_file file;
        file.close();
        const auto project = [&] {
            file.open();
            auto sales = sales_projection();
            projector{world.store, file.models(), sales, batch_limit{1}}.catch_up();
        };
        attack_line line{"kill: projection"};
        moments moments{time_of(project), line.random()};

        const int kills = kills_of_this_run();
        for (int round = 0; round < kills; ++round) {
            line.add("kills");
            line.add("of them at work", outlives(moments.next(), project) ? 0 : 1);
            file.open();
            const auto reached = file.models().find_checkpoint("sales");
            if (reached) {
                const auto rows = sales_rows(file.models());
                const auto& of_its_position = expected[static_cast<std::size_t>(reached->position.value)];
                line.found.wrong += rows == of_its_position ? 0 : 1;
                REQUIRE(rows == of_its_position);
            }
            file.close();
            if (reached && reached->position == global_position{events}) std::filesystem::remove(file.path());
        }
        CHECK(line.count("of them at work") > 0);
    }

    TEST_CASE("kill: a killed rebuild leaves the old rows or the new ones, and the next one finishes it") {
        memory_world world;
        append_sales(world.store, events);
        const auto expected = fresh_sales_rows(world.store);
        model_file file;
        const auto begin_anew = [&] {
            auto old = sales_projection(1);
            file.models().create(old, world.store.identity());
            const auto session = file.models().begin(old);
            session->execute("insert into sales values ('OLD', 1)");
            session->commit(global_position{7});
        };
        const auto rebuild_raised = [&] {
            file.open();
            auto raised = sales_projection(2);
            rebuild(world.store, file.models(), raised, {}, batch_limit{3});
        };
        file.close();
        attack_line line{"kill: rebuild"};
        moments moments{time_of(rebuild_raised), line.random()};
        file.open();
        begin_anew();

        const std::vector<std::string> old_rows{"OLD|1"};
        const int kills = kills_of_this_run();
        for (int round = 0; round < kills; ++round) {
            file.close();
            line.add("kills");
            line.add("of them at work", outlives(moments.next(), rebuild_raised) ? 0 : 1);
            file.open();
            const auto reached = file.models().find_checkpoint("sales");
            line.found.lost += reached ? 0 : 1;
            REQUIRE(reached.has_value());
            const bool is_old = reached->projection_version == 1;
            line.add(is_old ? "old rows" : "new rows");
            const auto rows = sales_rows(file.models());
            const auto position = is_old ? global_position{7} : global_position{events};
            line.found.wrong += rows == (is_old ? old_rows : expected) && reached->position == position ? 0 : 1;
            REQUIRE(reached->position == position);
            REQUIRE(rows == (is_old ? old_rows : expected));
            if (!is_old) begin_anew();
        }
        auto raised = sales_projection(2);
        rebuild(world.store, file.models(), raised);
        CHECK(sales_rows(file.models()) == expected);
        CHECK(line.count("of them at work") > 0);
    }
}
