#pragma once

#include "handed_out.hpp"

#include <foldline/core/event_batch.hpp>
#include <foldline/core/event_store.hpp>

#include <exception>

namespace foldline::inline v0::detail {

/// A page of a read, copied; and if the read failed, what came before, with the failure.
struct page_copy {
    /// Reads what comes behind `from` into `batch`.
    page_copy(const event_store& store, const read_query& query, batch_limit limit, const page& from,
              event_batch& batch);

    page reached;                ///< beyond the last event of the batch, whole
    std::exception_ptr failure;  ///< what the event behind it met
};

}  // namespace foldline::inline v0::detail
