#include "cli/shop_store.hpp"

#include "domain/events.hpp"

#include <foldline/upcasters/reachability.hpp>

namespace shop {
namespace {

foldline::sqlite::database_options opened_for(foldline::sqlite::open_mode mode) {
    foldline::sqlite::database_options options;
    options.mode = mode;
    return options;
}

}  // namespace

shop_store::shop_store(const std::filesystem::path& path, foldline::sqlite::open_mode mode)
    : file_(path, opened_for(mode)), events(stored_, old_events()) {
    require_reachable(stored_, old_events(), known_events());
}

}  // namespace shop
