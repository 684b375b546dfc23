import { useState, type SubmitEvent } from 'react';
import { useDeleteAnnotation, useSaveAnnotation } from '../api/annotations';
import type { Annotation, Project } from '../api/types';
import { toClocks, toInstant } from '../lib/zoned';
import { maxText } from '../state/texts';
import { Button, TextField } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { errorText, Note } from '../ui/states';
import { useToast } from '../ui/toasts';
import styles from './annotations.module.css';

/** A note at a time of the project's clocks. */
export default function AnnotationDialog({ project, annotation, onClose }: { project: Project; annotation?: Annotation; onClose: () => void }) {
  const [first] = useState(() => toClocks(annotation?.at ?? new Date().toISOString(), project.timeZone));
  const [date, setDate] = useState(first.date);
  const [time, setTime] = useState(first.time);
  const [text, setText] = useState(annotation?.text ?? '');
  const save = useSaveAnnotation(project.id);
  const remove = useDeleteAnnotation(project.id);
  const toast = useToast();
  // What was not touched keeps its seconds.
  const at = annotation && date === first.date && time === first.time ? annotation.at : toInstant(date, time, project.timeZone);
  const error = save.error ?? remove.error;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (at === null || text.trim() === '' || save.isPending) return;
    save.mutate({ id: annotation?.id ?? null, change: { at, text: text.trim() } }, { onSuccess: onClose });
  };
  const discard = () => annotation && remove.mutate(annotation.id, {
    onSuccess: () => {
      toast('The annotation is deleted');
      onClose();
    },
  });
  return (
    <Dialog title={annotation ? 'Change the annotation' : 'Annotate the charts'} onClose={onClose} testId="annotation-dialog">
      <form className={styles['form']} onSubmit={submit}>
        <TextField label="What happened" value={text} maxLength={maxText} required autoFocus autoComplete="off" data-testid="annotation-text"
          hint="Home and Trends show it to everybody who sees this project." onChange={(event) => setText(event.target.value)} />
        <div className={styles['when']}>
          <TextField label="Day" type="date" required min="1970-01-01" max="2199-12-31" value={date} onChange={(event) => setDate(event.target.value)} />
          <TextField label="Time" type="time" required value={time} hint={project.timeZone.replaceAll('_', ' ')} onChange={(event) => setTime(event.target.value)} />
        </div>
        {error && <Note kind="danger"><p>{errorText(error)}</p></Note>}
        <DialogFoot>
          {annotation && <Button variant="ghost" icon="trash" className={styles['discard']} disabled={remove.isPending} onClick={discard}>Delete</Button>}
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" disabled={at === null || text.trim() === '' || save.isPending}>{save.isPending ? 'Saving…' : 'Save'}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
