#include "thrown_text.hpp"

namespace foldline::inline v0 {

std::string text_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& known) {
        return known.what();
    } catch (...) {
        return "something was thrown that is no std::exception";
    }
}

}  // namespace foldline::inline v0
