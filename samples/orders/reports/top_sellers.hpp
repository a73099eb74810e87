#pragma once

#include "shop/orders/v1/line.fwd.h"

#include <foldline/projections/memory_projection.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace shop {

/// What was sold of one thing.
///
/// value.
struct seller {
    std::string stock_code;
    std::string description;  ///< the last one that was not empty
    std::int64_t units = 0;
    std::int64_t revenue_e4 = 0;

    friend bool operator==(const seller&, const seller&) = default;
};

/// All things that were sold, in memory.
///
/// value.
class sales_board {
public:
    /// `count`: -1 where a line falls away.
    void add(const v1::Line& line, std::int64_t count);

    /// The first ones by revenue.
    [[nodiscard]] std::vector<seller> best(std::size_t most) const;

private:
    std::unordered_map<std::string, seller> sellers_;
};

/// A projection without a table: a C++ object, folded anew by each program that wants it.
[[nodiscard]] std::unique_ptr<foldline::memory_projection<sales_board>> top_sellers();

}  // namespace shop
