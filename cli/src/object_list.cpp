#include "object_list.hpp"

#include <fmt/core.h>

namespace foldline::inline v0::cli {

void object_list::add(std::string_view object) {
    if (shape_ == format::ndjson) fmt::print(out_, "{}\n", object);
    else fmt::print(out_, "{}\n  {}", is_empty_ ? "[" : ",", object);
    is_empty_ = false;
}

void object_list::end() {
    if (shape_ == format::json) fmt::print(out_, "{}", is_empty_ ? "[]\n" : "\n]\n");
}

}  // namespace foldline::inline v0::cli
