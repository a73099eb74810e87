#pragma once

#include <stdexcept>

namespace shop {

/// A file to be imported cannot be read, or is not what it should be. `what()` names the file and says what to do.
class input_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A file to be imported does not exist.
class input_not_found : public input_error {
public:
    using input_error::input_error;
};

}  // namespace shop
