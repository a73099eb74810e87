#include "shared_page.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <cerrno>
#include <cstring>

#include <sys/mman.h>

namespace foldline::inline v0::sqlite {
namespace {

// On a cache line of its own.
constexpr std::size_t words_at = 64;

}  // namespace

shared_page::shared_page(int descriptor, const std::filesystem::path& name, rights how)
    : page_(
          ::mmap(nullptr, size, how == rights::write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, 0)) {
    if (page_ == MAP_FAILED)
        throw storage_error(errno, fmt::format("map the lock {}", name.string()), std::strerror(errno));
    words_ = reinterpret_cast<shared_words*>(static_cast<char*>(page_) + words_at);
}

shared_page::~shared_page() { ::munmap(page_, size); }

}  // namespace foldline::inline v0::sqlite
