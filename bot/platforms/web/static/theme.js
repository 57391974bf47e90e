// Before the first paint: the look that was chosen here, else the system's own.
const look = localStorage.getItem("look");
if (look) document.documentElement.dataset.look = look;
