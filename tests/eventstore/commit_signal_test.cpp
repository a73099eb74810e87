#include <foldline/eventstore/commit_signal.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace foldline;

namespace {

std::string text_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& known) {
        return known.what();
    }
}

}  // namespace

TEST_CASE("commit signal: every slot is called with the new head") {
    commit_signal signal;
    std::vector<std::int64_t> first;
    std::vector<std::int64_t> second;
    const auto a = signal.connect([&](global_position head) { first.push_back(head.value); });
    const auto b = signal.connect([&](global_position head) { second.push_back(head.value); });
    signal.emit(global_position{3});
    signal.emit(global_position{7});
    CHECK(first == std::vector<std::int64_t>{3, 7});
    CHECK(second == first);
}

TEST_CASE("commit signal: without a slot nothing happens") { commit_signal{}.emit(global_position{1}); }

TEST_CASE("commit signal: a slot that throws does not keep the others from being called") {
    commit_signal signal;
    int called = 0;
    const auto a = signal.connect([&](global_position) { ++called; });
    const auto b = signal.connect([](global_position) { throw std::runtime_error("broken"); });
    const auto c = signal.connect([](global_position) { throw 42; });
    const auto d = signal.connect([&](global_position) { ++called; });
    signal.emit(global_position{1});
    CHECK(called == 2);
}

TEST_CASE("commit signal: what slots throw goes to the error slot") {
    commit_signal signal;
    std::vector<std::string> reported;
    signal.report_errors_to([&](const std::exception_ptr& thrown) { reported.push_back(text_of(thrown)); });
    const auto a = signal.connect([](global_position) { throw std::runtime_error("first"); });
    const auto b = signal.connect([](global_position) { throw std::runtime_error("second"); });
    signal.emit(global_position{1});
    CHECK(reported == std::vector<std::string>{"first", "second"});
}

TEST_CASE("commit signal: an error slot that throws keeps no slot from being called") {
    commit_signal signal;
    int called = 0;
    signal.report_errors_to([](const std::exception_ptr&) { throw std::runtime_error("broken too"); });
    const auto a = signal.connect([](global_position) { throw std::runtime_error("broken"); });
    const auto b = signal.connect([&](global_position) { ++called; });
    signal.emit(global_position{1});
    CHECK(called == 1);
}

TEST_CASE("commit signal: a slot is called for as long as its connection lives") {
    commit_signal signal;
    int called = 0;
    {
        const auto connection = signal.connect([&](global_position) { ++called; });
        signal.emit(global_position{1});
    }
    signal.emit(global_position{2});
    CHECK(called == 1);
}

TEST_CASE("commit signal: a connection may be moved and ended by hand") {
    commit_signal signal;
    int called = 0;
    commit_connection kept;
    {
        auto connection = signal.connect([&](global_position) { ++called; });
        kept = std::move(connection);
    }
    signal.emit(global_position{1});
    CHECK(called == 1);
    kept.disconnect();
    kept.disconnect();
    signal.emit(global_position{2});
    CHECK(called == 1);
}

TEST_CASE("commit signal: a connection may outlive its signal") {
    std::optional<commit_signal> signal(std::in_place);
    const auto connection = signal->connect([](global_position) {});
    signal.reset();
}

TEST_CASE("commit signal: a slot may end its own connection and make another") {
    commit_signal signal;
    int first = 0;
    int second = 0;
    commit_connection other;
    commit_connection connection;
    connection = signal.connect([&](global_position) {
        ++first;
        connection.disconnect();
        other = signal.connect([&](global_position) { ++second; });
    });
    signal.emit(global_position{1});
    signal.emit(global_position{2});
    CHECK(first == 1);
    CHECK(second == 1);
}

TEST_SUITE("threads") {
    TEST_CASE("commit signal: slots come and go while many threads commit") {
        commit_signal signal;
        const auto calls = std::make_shared<std::atomic<int>>(0);
        const auto steady = signal.connect([calls](global_position) { ++*calls; });
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 3; ++i)
                threads.emplace_back([&] {
                    for (int n = 1; n <= 500; ++n) signal.emit(global_position{n});
                });
            threads.emplace_back([&] {
                for (int n = 0; n < 500; ++n) {
                    const auto owned = std::make_shared<std::atomic<int>>(0);
                    const auto passing = signal.connect([owned](global_position) { ++*owned; });
                }
            });
        }
        CHECK(*calls == 1'500);
    }
}
