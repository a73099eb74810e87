#include <foldline/upcasters/upcaster.hpp>

namespace foldline::inline v0 {

std::string upcaster::to_string() const {
    std::string text = from.to_string() + " -> ";
    if (to.empty()) return text + "nothing";
    for (std::size_t i = 0; i < to.size(); ++i) text += (i == 0 ? "" : ", ") + to[i].type.to_string();
    return text;
}

}  // namespace foldline::inline v0
