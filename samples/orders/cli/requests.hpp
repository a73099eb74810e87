#pragma once

#include "domain/line.hpp"

#include <foldline/cli/projection_verbs.hpp>
#include <foldline/core/as_of.hpp>
#include <foldline/core/clock.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace shop {

enum class output { people, json };

/// Which rows a report shows.
enum class rows_wanted {
    up_to_date,  ///< of everything that was stored before
    as_they_are,
};

struct import_request {
    std::filesystem::path store;
    std::vector<std::filesystem::path> files;
};

struct place_request {
    std::filesystem::path store;
    std::string order;  ///< empty: to be given one
    std::string customer;
    std::string country;
    std::vector<line> lines;
    std::optional<foldline::timestamp> at;  ///< absent: now
};

/// What commands to an order that exists have in common.
struct order_request {
    std::filesystem::path store;
    std::string order;
    std::optional<foldline::timestamp> at;             ///< absent: now
    std::optional<foldline::stream_version> expected;  ///< the version that the user has seen
};

struct pay_request : order_request {
    std::optional<money> amount;
};

struct ship_request : order_request {};

struct cancel_request : order_request {
    std::string reason;
};

struct show_request {
    std::filesystem::path store;
    std::string number;
    foldline::as_of when = foldline::latest{};
    shop::output output = output::people;
};

struct history_request {
    std::filesystem::path store;
    std::string number;
    shop::output output = output::people;
};

struct report_request {
    std::filesystem::path store;
    std::string report;
    std::optional<std::string> only;  ///< a value of the column that the report's rows are found by
    rows_wanted rows = rows_wanted::up_to_date;
    shop::output output = output::people;
};

struct top_request {
    std::filesystem::path store;
    std::size_t most = 10;
    bool follow = false;
    shop::output output = output::people;
};

/// What the command line asks for.
using any_request = std::variant<import_request, place_request, pay_request, ship_request, cancel_request, show_request,
                                 history_request, report_request, top_request, foldline::cli::projection_request>;

}  // namespace shop
