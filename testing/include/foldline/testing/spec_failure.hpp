#pragma once

#include <foldline/core/error.hpp>

namespace foldline::inline v0::testing {

/// What was specified did not come about; `what()` shows the difference. Every test framework reports it as a failure.
class spec_failure : public error {
public:
    using error::error;
};

}  // namespace foldline::inline v0::testing
