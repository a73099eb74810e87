#include "opened_store.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <system_error>

namespace foldline::inline v0::cli {

sqlite::database_options for_reading() {
    sqlite::database_options options;
    options.mode = sqlite::open_mode::read_only;
    return options;
}

void require_existing(const std::filesystem::path& file) {
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown) && !unknown)
        throw store_not_found(fmt::format("there is no {}", file.string()));
}

opened_store::opened_store(const std::filesystem::path& path, const application& self) : file_(path, for_reading()) {
    if (self.reading) reading_ = self.reading(stored_);
}

const event_store& opened_store::events() const {
    if (reading_) return *reading_;
    return stored_;
}

}  // namespace foldline::inline v0::cli
