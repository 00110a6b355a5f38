"""B-mode images: organs in a plane, scatterers in them, a beam with a width, a scan converter."""
