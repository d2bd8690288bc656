// Keeps the page for times without a connection.

const PATIENCE = 15_000; // Milliseconds.

/** @returns whether the page is kept; what is fetched after this is kept too. */
export async function keepOffline() {
  if (!("serviceWorker" in navigator) || !window.isSecureContext || !location.protocol.startsWith("http")) return false;
  try {
    await Promise.race([takenOver(), failAfter(PATIENCE)]);
    return Boolean(navigator.serviceWorker.controller);
  } catch (error) {
    // The page works all the same, with a connection.
    console.warn("The page is not kept for times without a connection:", error);
    return false;
  }
}

async function takenOver() {
  const registration = await navigator.serviceWorker.register("service-worker.js");
  if (registration.active) return;
  const worker = registration.installing ?? registration.waiting;
  await new Promise((resolve, reject) => {
    navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
    worker.addEventListener("statechange", () => {
      if (worker.state === "redundant") reject(new Error("not all files could be kept"));
    });
  });
}

function failAfter(milliseconds) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("it took too long")), milliseconds);
  });
}
