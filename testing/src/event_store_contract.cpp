#include <foldline/testing/event_store_contract.hpp>

#include "contract/cases.hpp"

#include <foldline/testing/spec_failure.hpp>

#include <fmt/core.h>

#include <exception>
#include <utility>

namespace foldline::inline v0::testing {
namespace {

std::vector<contract_case> all_cases() {
    std::vector<contract_case> all;
    for (const auto group :
         {contract::expectation_cases(), contract::request_cases(), contract::condition_cases(),
          contract::repeat_cases(), contract::read_cases(), contract::filter_cases(), contract::sink_cases(),
          contract::value_cases(), contract::time_cases(), contract::type_cases(), contract::limit_cases(),
          contract::name_cases(), contract::reopen_cases(), contract::thread_cases()})
        all.insert(all.end(), group.begin(), group.end());
    return all;
}

}  // namespace

std::unique_ptr<opened_store> store_fixture::open(append_limits limits) {
    auto opened = make_({time_, ids_, limits});
    if (!opened) throw spec_failure("the store factory made no store");
    return opened;
}

event_store& store_fixture::store() {
    if (!opened_) opened_ = open(append_limits{});
    return opened_->store();
}

event_store& store_fixture::store_with(append_limits limits) {
    if (opened_) throw spec_failure("a case of the contract asks for other limits after it opened the store");
    opened_ = open(limits);
    return opened_->store();
}

event_store& store_fixture::second_store() {
    second_ = open(append_limits{});
    return second_->store();
}

bool store_fixture::reopen() {
    if (!opened_) opened_ = open(append_limits{});
    return opened_->reopen();
}

std::span<const contract_case> event_store_contract() {
    static const std::vector<contract_case> all = all_cases();
    return all;
}

std::optional<std::string> failure_of(const contract_case& promise, const store_factory& make) {
    try {
        store_fixture fixture{make};
        promise.run(fixture);
        return std::nullopt;
    } catch (const spec_failure& failure) {
        return failure.what();
    } catch (const std::exception& thrown) {
        return fmt::format("threw: {}", thrown.what());
    } catch (...) {
        return "threw something that is no std::exception";
    }
}

void run_event_store_contract(const store_factory& make) {
    std::string report;
    std::size_t failed = 0;
    for (const contract_case& promise : event_store_contract()) {
        const auto failure = failure_of(promise, make);
        if (!failure) continue;
        ++failed;
        report += fmt::format("\n  {}\n      {}", promise.name, *failure);
    }
    if (failed > 0)
        throw spec_failure(fmt::format("the event store breaks {} of the {} promises of the contract:{}", failed,
                                       event_store_contract().size(), report));
}

}  // namespace foldline::inline v0::testing
