#include "schema_reserved.hpp"

#include "schema_text.hpp"

#include <fmt/core.h>

namespace foldline::inline v0 {

void compare_reserved(const reserved_shape& earlier, const reserved_shape& later, std::string_view owner,
                      std::int64_t highest, schema_report& report) {
    const auto put_back = [&](rule broken, const std::string& what) {
        const std::string declared = fmt::format("reserved {};", what);
        report.add(broken, {fmt::format("{}, reserved {}", owner, what), declared, ""},
                   fmt::format("put \"{}\" back", declared));
    };
    for (const auto& range : earlier.numbers.all())
        if (!later.numbers.cover(range.first, range.last))
            put_back(rule::reserved_number_removed, range_text(range, highest));
    for (const std::string_view name : earlier.names)
        if (!later.holds_name(name)) put_back(rule::reserved_name_removed, fmt::format("\"{}\"", name));
}

}  // namespace foldline::inline v0
