#pragma once

#include <foldline/core/event_view.hpp>

#include <google/protobuf/message.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace foldline::inline v0::detail {

/// One call of a step: what it is given, and where the events go that it makes.
class upcast_call {
public:
    /// A reused message of the class of the step's `target`-th type, to be overwritten.
    virtual google::protobuf::Message& next(std::size_t target) = 0;

    const event_view* stored = nullptr;              ///< the event that the first step of the chain started from
    const google::protobuf::Message* old = nullptr;  ///< null for a step that takes bytes
    std::string_view bytes;                          ///< only for such a step
    std::span<const google::protobuf::Message* const> earlier;  ///< as the step's `earlier`; null where there is none

protected:
    ~upcast_call() = default;
};

}  // namespace foldline::inline v0::detail
