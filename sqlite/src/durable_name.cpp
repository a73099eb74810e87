#include "durable_name.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace foldline::inline v0::sqlite {

void make_name_durable(const std::filesystem::path& file) {
    const std::filesystem::path parent = file.has_parent_path() ? file.parent_path() : ".";
    const int descriptor = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int why = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!synced) throw storage_error(why, fmt::format("sync the directory {}", parent.string()), std::strerror(why));
}

}  // namespace foldline::inline v0::sqlite
