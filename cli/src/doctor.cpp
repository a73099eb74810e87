#include <foldline/sqlite/doctor.hpp>

#include "object_list.hpp"
#include "opened_store.hpp"
#include "results_as_json.hpp"
#include "verbs.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/cli/terminal.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

using sqlite::diagnosis;
using sqlite::health;

/// A symbol in its colour, for terminals; the word stands beside it, so nobody has to tell colours apart.
std::string_view symbol_of(health state) {
    switch (state) {
        case health::good: return "\x1b[32m✔\x1b[0m ";
        case health::warning: return "\x1b[33m!\x1b[0m ";
        case health::bad: return "\x1b[31m✘\x1b[0m ";
    }
    return {};
}

void print_for_people(const std::vector<diagnosis>& all, std::FILE* out) {
    const bool in_colour = wants_colour(out);
    std::size_t widest = 0;
    for (const diagnosis& each : all) widest = std::max(widest, width_of(printable(each.what)));
    for (const diagnosis& each : all) {
        const std::string what = printable(each.what);
        fmt::print(out, "{}{:<7}  {}{}  {}\n", in_colour ? symbol_of(each.state) : "", word_of(each.state), what,
                   std::string(widest - width_of(what), ' '), printable(each.found));
        if (!each.advice.empty()) fmt::print(out, "{}         {}\n", in_colour ? "  " : "", printable(each.advice));
    }
}

}  // namespace

int run(const doctor_request& request, const console& to) {
    require_existing(request.store);
    const std::vector<diagnosis> all = sqlite::examine(request.store);
    if (request.shape == format::text) {
        print_for_people(all, to.out);
    } else {
        object_list list{to.out, request.shape};
        for (const diagnosis& each : all) list.add(as_json(each));
        list.end();
    }
    const auto bad = std::count_if(all.begin(), all.end(), [](const auto& each) { return each.state == health::bad; });
    if (bad == 0) return exit_code::ok;
    return to.fail(exit_code::failed, fmt::format("{} of {} that were looked at {} bad", bad,
                                                  counted(std::ssize(all), "thing"), bad == 1 ? "is" : "are"));
}

}  // namespace foldline::inline v0::cli
