#pragma once

#include <foldline/core/event_type.hpp>
#include <foldline/core/global_position.hpp>
#include <foldline/core/stream_id.hpp>
#include <foldline/core/stream_version.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace foldline::inline v0 {

/// The root of what foldline throws. `what()` says what, where and what to do.
class error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A stream or category bears a name that no store takes.
class invalid_name : public error {
public:
    using error::error;
};

/// A request contradicts itself (no events, the same stream twice, a value that is not UTF-8): nothing was stored, and
/// the same request will never be.
class invalid_request : public error {
public:
    using error::error;
};

/// A request is larger than the store takes: nothing was stored.
class limit_exceeded : public invalid_request {
public:
    limit_exceeded(std::string_view what, std::size_t actual, std::size_t limit);
    std::size_t actual;
    std::size_t limit;
};

/// Aggregates, upcasters, projections and the store were put together in a way that cannot work; found at start-up.
class definition_error : public error {
public:
    using error::error;
};

/// Events of this schema cannot stand beside those that are stored under its name and version: nothing was stored.
/// `what()` has a line for each rule that is broken.
class incompatible_schema : public definition_error {
public:
    using definition_error::definition_error;
};

/// What is known of the events of an append that failed.
enum class write_outcome {
    nothing_stored,  ///< certainly none: trying again is safe
    unknown,         ///< nobody can know before the store is opened again: look the event ids up
};

/// The disk, the file system or the database refused.
class storage_error : public error {
public:
    storage_error(int code, std::string_view operation, std::string_view why,
                  write_outcome outcome = write_outcome::nothing_stored);
    int code;  ///< the backend's own (SQLite: the extended result code)
    write_outcome outcome;
};

/// Another process (or another object of this one) writes to the store; only one may.
class store_in_use : public error {
public:
    using error::error;
};

/// The file is no Foldline store, is one of a newer version, or is not the one that was expected.
class incompatible_store : public error {
public:
    using error::error;
};

/// The named store does not exist, and was not to be made.
class store_not_found : public error {
public:
    using error::error;
};

/// Stored bytes contradict themselves. Everything that reads them stops; an operator has to act.
class corrupt_data : public error {
public:
    using error::error;
};

/// A stored event fails its checksum, or is missing between its neighbours.
class corrupt_event : public corrupt_data {
public:
    corrupt_event(stream_ref stream, stream_version version, global_position position, std::string_view why);
    std::string stream;  ///< as written, since a damaged name may not be a valid one
    stream_version version;
    global_position position;
};

/// An event whose bytes are intact cannot be handled: its type is unknown, it does not decode, or a handler failed.
class event_failure : public error {
public:
    event_failure(event_type type, stream_ref stream, stream_version version, global_position position,
                  std::string_view why);
    std::string type;
    std::string stream;
    stream_version version;
    global_position position;
};

}  // namespace foldline::inline v0
