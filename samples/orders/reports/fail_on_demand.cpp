#include "reports/fail_on_demand.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace shop {
namespace {

std::string unwanted() {
    const char* const named = std::getenv("ORDERS_FAIL_ON");
    return named ? named : "";
}

}  // namespace

void fail_on_demand(std::string_view what) {
    static const std::string bad = unwanted();
    if (!bad.empty() && what == bad)
        throw std::runtime_error(fmt::format("ORDERS_FAIL_ON asks for a failure at {}", what));
}

}  // namespace shop
