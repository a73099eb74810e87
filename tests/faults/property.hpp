#pragma once

#include "attack_line.hpp"

#include "support/seed.hpp"

#include <rapidcheck.h>

#include <iostream>
#include <string>
#include <unordered_map>
#include <utility>

namespace foldline_tests {

/// Does not tell what goes well.
class silent_listener final : public rc::detail::TestListener {
public:
    void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
    void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
    void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

/// As `rc::check`, from the run's seed, with `more_in_full_run` times as many cases in a full run, and silent unless the
/// property does not hold.
template <class Property>
bool holds(attack_line& line, const std::string& name, int more_in_full_run, Property property) {
    using namespace rc::detail;
    TestMetadata metadata;
    metadata.id = name;
    metadata.description = name;
    TestParams params;
    params.seed = attack_seed();
    if (is_full_run()) params.maxSuccess *= more_in_full_run;
    silent_listener listener;
    const std::unordered_map<std::string, Reproduce> no_cases;
    // Without a list of cases to repeat it would read its own configuration, and print that.
    const TestResult result = checkTestable(std::move(property), metadata, params, listener, no_cases);
    SuccessResult passed;
    if (result.match(passed)) {
        line.add("cases", passed.numSuccess);
        return true;
    }
    ++line.found.wrong;
    std::cerr << name << ": ";
    printResultMessage(result, std::cerr);
    std::cerr << std::endl;
    return false;
}

}  // namespace foldline_tests
