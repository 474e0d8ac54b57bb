// Server-sent events over fetch, because an EventSource cannot carry a key. Calls `tell` with every job; ends when the job does.
async function follow(id, tell, signal) {
  let last = null;
  for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, 15000)) {
    try {
      const answer = await fetch(`/v1/extractions/${id}/events`, { signal, credentials: "same-origin", headers: { ...withKey(), ...(last ? { "Last-Event-ID": last } : {}) } });
      if (answer.status === 204 || answer.status === 404 || answer.status === 410) return;
      if (!answer.ok) throw new Error(String(answer.status));
      let text = "";
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        text += piece.value;
        const events = text.split("\n\n");
        text = events.pop();
        for (const event of events) {
          const fields = Object.fromEntries(event.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
          if (fields.id) last = fields.id;
          if (!fields.data) continue;
          pause = 500;
          const job = JSON.parse(fields.data);
          tell(job);
          if (ended(job)) return;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
    }
    await new Promise((done) => setTimeout(done, pause));
  }
}
const ended = (job) => !["queued", "in_progress"].includes(job.status);
