#include "reports/report.hpp"

#include <algorithm>
#include <array>

namespace shop {

std::span<const report* const> all_reports() {
    static constexpr std::array all{&sales_report, &products_report, &customers_report};
    return all;
}

const report* find_report(std::string_view name) {
    const auto all = all_reports();
    const auto found = std::find_if(all.begin(), all.end(), [&](const report* each) { return each->name == name; });
    return found == all.end() ? nullptr : *found;
}

}  // namespace shop
